import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { launch } from '../shared/async-dialog';
import { useModel } from '../shared/hooks';
import { ViewWidget } from '../shared/view-widget';
import { SyncGlyph, syncName } from '../shared/glyphs';
import { summaryText } from '../status/text';
import type { SyncModel } from '../../models/sync';
import type { QueueItem, Sync } from '../../models/types';

/** Show what is queued, held or in error, with what can be done. */
export async function showQueue(
  model: SyncModel,
  trans: TranslationBundle
): Promise<void> {
  const dialog = new Dialog({
    title: trans.__('GitLab'),
    body: new ViewWidget(() => <Queue model={model} trans={trans} />),
    buttons: [Dialog.okButton({ label: trans.__('Close') })],
    hasClose: true
  });
  dialog.addClass('jp-mlops-Dialog');
  dialog.node.setAttribute('aria-label', trans.__('GitLab queue'));
  await launch(dialog);
}

function Queue(props: {
  model: SyncModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  useModel(model);
  const [items, setItems] = React.useState<QueueItem[] | null>(null);
  React.useEffect(() => {
    let current = true;
    void model
      .queue()
      .then(next => current && setItems(next))
      .catch(() => current && setItems([]));
    return () => {
      current = false;
    };
  }, [model, model.revision]);
  const status = model.status;
  const open = items?.filter(item => item.state !== 'synced') ?? [];
  return (
    <div className="jp-mlops-Queue">
      <p className="jp-mlops-Queue-summary">
        {status?.connection.web_url ? (
          <a
            href={status.connection.web_url}
            target="_blank"
            rel="noreferrer noopener"
          >
            {status.connection.project}
          </a>
        ) : (
          status?.connection.project
        )}
        <span>{summaryText(model.summary, trans, true)}</span>
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={() => void model.syncNow()}
        >
          {trans.__('Push now')}
        </button>
      </p>
      {items && !open.length && (
        <p className="jp-mlops-Form-note">
          {trans.__('Everything recorded here is in GitLab.')}
        </p>
      )}
      {open.length > 0 && (
        <ul className="jp-mlops-Queue-items">
          {open.map(item => (
            <QueueRow
              key={`${item.remote}/${item.kind}/${item.id}`}
              item={item}
              model={model}
              trans={trans}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function QueueRow(props: {
  item: QueueItem;
  model: SyncModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { item, model, trans } = props;
  const message =
    typeof item.error?.message === 'string' ? item.error.message : null;
  const sync: Sync = {
    state: item.state as Sync['state'],
    progress: item.progress,
    error: message
  };
  const target = { remote: item.remote, kind: item.kind, id: item.id };
  return (
    <li className="jp-mlops-Queue-item">
      <SyncGlyph sync={sync} trans={trans} />
      <span className="jp-mlops-Queue-name">{item.name}</span>
      <span className="jp-mlops-Muted">{syncName(sync, trans)}</span>
      {item.state === 'error' && (
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={() => void model.control('retry', target)}
        >
          {trans.__('Retry')}
        </button>
      )}
      {item.state === 'held' && (
        <>
          <button
            type="button"
            className="jp-mlops-Button"
            onClick={() => void model.control('redact', target)}
          >
            {trans.__('Redact in upload')}
          </button>
          <button
            type="button"
            className="jp-mlops-Button"
            onClick={() => void model.control('not-a-secret', target)}
          >
            {trans.__('Not a secret')}
          </button>
        </>
      )}
    </li>
  );
}
