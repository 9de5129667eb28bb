import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Findings } from './dry-run';
import { SyncGlyph, syncName } from '../shared/glyphs';
import { formatTime } from '../../format';
import type { QueueModel } from '../../models/queue';
import { findingsOf, messageOf } from '../../models/queue';
import type { QueueItem, Sync } from '../../models/types';

/** One thing on its way: where it stands, why, and what can be done. */
export function QueueRow(props: {
  item: QueueItem;
  model: QueueModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { item, model, trans } = props;
  const message = messageOf(item);
  const findings = findingsOf(item);
  const files = item.state === 'pushing' ? (item.files ?? []) : [];
  const sync: Sync = { state: item.state as Sync['state'], error: null };
  if (item.progress !== null && item.progress !== undefined) {
    sync.progress = item.progress;
  }
  return (
    <li className="jp-mlops-Queue-item">
      <div className="jp-mlops-Queue-line">
        <SyncGlyph sync={sync} trans={trans} />
        <span className="jp-mlops-Queue-name" title={item.name}>
          {item.name}
        </span>
        <span className="jp-mlops-Muted">{stateText(item, sync, trans)}</span>
        <Actions item={item} model={model} trans={trans} />
      </div>
      {files.map(file => (
        <FileProgress key={file.path} {...file} trans={trans} />
      ))}
      {message && !findings.length && (
        <p className="jp-mlops-Queue-reason">{message}</p>
      )}
      {findings.length > 0 && <Findings findings={findings} trans={trans} />}
    </li>
  );
}

function stateText(
  item: QueueItem,
  sync: Sync,
  trans: TranslationBundle
): string {
  if (item.state === 'held') {
    return trans.__('Held');
  }
  if (item.state === 'waiting' && item.due_time && item.due_time > Date.now()) {
    return trans.__('Again at %1', formatTime(item.due_time));
  }
  return syncName(sync, trans);
}

function Actions(props: {
  item: QueueItem;
  model: QueueModel;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { item, model, trans } = props;
  switch (item.state) {
    case 'error':
    case 'waiting':
      return (
        <button
          type="button"
          className="jp-mlops-Button"
          aria-label={trans.__('Retry %1', item.name)}
          onClick={() => void model.decide(item, 'retry')}
        >
          {trans.__('Retry')}
        </button>
      );
    case 'held':
      return (
        <>
          <button
            type="button"
            className="jp-mlops-Button"
            aria-label={trans.__('Redact in upload: %1', item.name)}
            onClick={() => void model.decide(item, 'redact')}
          >
            {trans.__('Redact in upload')}
          </button>
          <button
            type="button"
            className="jp-mlops-Button"
            aria-label={trans.__('Not a secret: %1', item.name)}
            onClick={() => void model.decide(item, 'not-a-secret')}
          >
            {trans.__('Not a secret')}
          </button>
        </>
      );
    default:
      return null;
  }
}

function FileProgress(props: {
  path: string;
  size: number;
  sent: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { path, size, sent, trans } = props;
  const percent = Math.floor((100 * sent) / Math.max(size, 1));
  return (
    <div className="jp-mlops-Queue-file">
      <span title={path}>{path}</span>
      <progress
        max={100}
        value={percent}
        aria-label={trans.__('Upload of %1', path)}
      />
      <span className="jp-mlops-Muted">{trans.__('%1 %', percent)}</span>
    </div>
  );
}
