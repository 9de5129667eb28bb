import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { problemOf } from '../../models/problem';
import type { IShared, SyncModel } from '../../models/sync';

/** Ask, delete a thing in GitLab, and tell what came of it. */
export async function deleteInGitLab(
  model: SyncModel,
  thing: IShared,
  trans: TranslationBundle
): Promise<void> {
  const { button } = await showDialog({
    title: trans.__('Delete in GitLab?'),
    body: question(thing, trans),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Delete in GitLab') })
    ],
    defaultButton: 0
  });
  if (!button.accept) {
    return;
  }
  try {
    const { told } = await model.deleteThere(thing);
    Notification.info([trans.__('Deleted in GitLab.'), ...told].join(' '), {
      autoClose: 8000
    });
  } catch (reason) {
    Notification.error(
      trans.__('Not deleted in GitLab: %1', problemOf(reason).message),
      { autoClose: false }
    );
  }
}

function question(thing: IShared, trans: TranslationBundle): string {
  switch (thing.kind) {
    case 'candidate':
      return trans.__(
        'GitLab has no bin: the candidate is gone there for good. What was recorded on this machine stays.'
      );
    case 'version':
      return trans.__(
        'GitLab has no bin: version %1 and its files are gone there for good. On this machine it stays.',
        thing.id.replace('@', ' ')
      );
    case 'model':
      return trans.__(
        'GitLab has no bin: model %1, all its versions and their files are gone there for good. On this machine they stay.',
        thing.id
      );
  }
}
