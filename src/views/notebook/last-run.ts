import {
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { RecordingModel } from '../../models/recording';
import { orTold } from '../shared/told';
import { UNDO_OFFERED_MS } from '../shared/undo';

/** Ask for a name for the candidate of the last run; of several, which. Raises what the server says. */
export async function nameRun(
  model: RecordingModel,
  trans: TranslationBundle
): Promise<void> {
  const last = await model.lastRun();
  if (!last?.candidates.length) {
    noCandidate(trans);
    return;
  }
  const { candidates } = last;
  let chosen = candidates[0];
  if (candidates.length > 1) {
    const labels = candidates.map(
      (item, at) => `${at + 1}. ${item.name || item.id.slice(0, 8)}`
    );
    const { value } = await InputDialog.getItem({
      title: trans.__('Name a Candidate of the Last Run'),
      label: trans.__('Candidate'),
      items: labels
    });
    if (value === null) {
      return;
    }
    chosen = candidates[labels.indexOf(value)];
  }
  const { value } = await InputDialog.getText({
    title: trans.__('Name the Last Run'),
    label: trans.__('Name'),
    text: chosen.name
  });
  if (value?.trim()) {
    await model.nameCandidate(chosen.id, value.trim());
    Notification.success(trans.__('Named %1.', value.trim()), {
      autoClose: 3000
    });
  }
}

/** Ask whether the last run is to be forgotten, do so, and tell what is gone. Raises what the server says. */
export async function discardRun(
  model: RecordingModel,
  trans: TranslationBundle
): Promise<void> {
  const last = await model.lastRun();
  if (!last) {
    Notification.info(trans.__('Nothing of this notebook is recorded yet.'), {
      autoClose: 5000
    });
    return;
  }
  const { run, candidates } = last;
  const names = candidates.map(item => item.name || item.id.slice(0, 8));
  const what = names.length
    ? trans._n(
        'Its candidate %2 is deleted.',
        'Its %1 candidates are deleted: %2.',
        names.length,
        names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '')
      )
    : trans.__('It made no candidate.');
  const rest =
    run.status === 'RUNNING'
      ? trans.__(
          'The run goes on; what it does from now on is forgotten as well.'
        )
      : trans.__(
          'What was recorded of it is forgotten; the notebook stays as it is.'
        );
  const { button } = await showDialog({
    title: trans.__('Discard the last run?'),
    body: `${what} ${rest}`,
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Discard') })
    ]
  });
  if (!button.accept) {
    return;
  }
  await model.discard(run.id);
  Notification.success(
    names.length
      ? trans._n(
          'Run discarded, %1 candidate deleted.',
          'Run discarded, %1 candidates deleted.',
          names.length
        )
      : trans.__('Run discarded.'),
    {
      autoClose: UNDO_OFFERED_MS,
      actions: candidates.length
        ? [
            {
              label: trans.__('Restore Candidates'),
              callback: () =>
                void orTold(trans.__('Not restored'), () =>
                  model.restore(candidates.map(item => item.id))
                )
            }
          ]
        : []
    }
  );
}

function noCandidate(trans: TranslationBundle): void {
  Notification.info(
    trans.__('The last run of this notebook made no candidate.'),
    { autoClose: 5000 }
  );
}
