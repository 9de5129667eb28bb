import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { connectGitLab } from './connect-dialog';
import { QueueRemote } from './queue-remote';
import { AsyncDialog, launch } from '../shared/async-dialog';
import { useModel } from '../shared/hooks';
import { ViewWidget } from '../shared/view-widget';
import type { Live } from '../../models/live';
import { QueueModel } from '../../models/queue';
import type { SyncModel } from '../../models/sync';
import type { Remote } from '../../models/types';

/** Show the connected projects and what is queued, held or in error, with what can be done. */
export async function showQueue(
  sync: SyncModel,
  live: Live,
  trans: TranslationBundle
): Promise<void> {
  const model = new QueueModel(sync, live);
  /** Dialogs are shown one after the other: this one comes back after it. */
  const connect = (remote?: Remote) => {
    dialog.reject();
    void connectGitLab(sync, trans, remote).then(() =>
      showQueue(sync, live, trans)
    );
  };
  const dialog: AsyncDialog<unknown> = new AsyncDialog(
    {
      title: trans.__('GitLab'),
      body: new ViewWidget(() => (
        <Queue model={model} connect={connect} trans={trans} />
      )),
      buttons: [Dialog.okButton({ label: trans.__('Close') })],
      hasClose: true
    },
    trans.__('GitLab queue'),
    async () => true
  );
  dialog.addClass('jp-mlops-QueueDialog');
  await launch(dialog, model);
}

function Queue(props: {
  model: QueueModel;
  connect: (remote?: Remote) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, connect, trans } = props;
  useModel(model);
  const node = React.useRef<HTMLDivElement>(null);
  // The button that was pressed may be gone with what it was for: the keyboard stays in the dialog.
  React.useLayoutEffect(() => {
    if (document.activeElement === document.body) {
      node.current?.focus();
    }
  });
  return (
    <div
      ref={node}
      className="jp-mlops-Queue"
      tabIndex={-1}
      aria-busy={model.remotes === null}
    >
      {model.problem && (
        <p className="jp-mlops-Form-problem" role="alert">
          {model.problem.message}
        </p>
      )}
      {model.remotes?.length === 0 && (
        <p className="jp-mlops-Form-note">
          {trans.__(
            'No project is connected. Everything is kept on this machine.'
          )}
        </p>
      )}
      {model.remotes?.map(remote => (
        <QueueRemote
          key={remote.name}
          remote={remote}
          model={model}
          renew={connect}
          trans={trans}
        />
      ))}
      <div className="jp-mlops-Queue-actions">
        <button
          type="button"
          className="jp-mlops-Button"
          disabled={!model.remotes?.length}
          aria-busy={model.isBusy('push')}
          onClick={() => void model.pushNow()}
        >
          {trans.__('Push now')}
        </button>
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={() => connect()}
        >
          {model.remotes?.length
            ? trans.__('Connect another project…')
            : trans.__('Connect a project…')}
        </button>
      </div>
    </div>
  );
}
