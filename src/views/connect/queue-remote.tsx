import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { DryRun } from './dry-run';
import { QueueRow } from './queue-item';
import type { QueueModel } from '../../models/queue';
import type { Remote } from '../../models/types';

/** A connected project: how it does, what can be done, and what is on its way there. */
export function QueueRemote(props: {
  remote: Remote;
  model: QueueModel;
  /** Give the connection another token. */
  renew: (remote: Remote) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { remote, model, trans } = props;
  const items = model.itemsOf(remote.name);
  const found = model.dryRun(remote.name);
  return (
    <section
      className="jp-mlops-Queue-remote"
      aria-label={trans.__('Connection %1', remote.name)}
    >
      <h3 className="jp-mlops-Queue-head">
        {remote.web_url ? (
          <a href={remote.web_url} target="_blank" rel="noreferrer noopener">
            {remote.project}
          </a>
        ) : (
          <span>{remote.project}</span>
        )}
        <span className="jp-mlops-Badge">{remote.name}</span>
        <span className="jp-mlops-Muted">{standing(remote, trans)}</span>
      </h3>
      {remote.message && (
        <p className="jp-mlops-Form-problem" role="alert">
          {remote.message}{' '}
          <button
            type="button"
            className="jp-mlops-LinkButton"
            onClick={() => props.renew(remote)}
          >
            {trans.__('Give another token…')}
          </button>
        </p>
      )}
      <RemoteActions {...props} />
      {found && <DryRun found={found} trans={trans} />}
      {items.length > 0 && (
        <ul
          className="jp-mlops-Queue-items"
          tabIndex={0}
          aria-label={trans.__('On the way to %1', remote.project)}
        >
          {items.map(item => (
            <QueueRow
              key={`${item.kind}/${item.id}`}
              item={item}
              model={model}
              trans={trans}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function standing(remote: Remote, trans: TranslationBundle): string {
  const queue = remote.queue;
  if (remote.paused) {
    return trans.__('Paused');
  }
  if (!queue) {
    return '';
  }
  const under = queue.queued + queue.pushing + queue.waiting;
  return under + queue.held + queue.error > 0
    ? trans.__(
        '%1 of %2 there',
        queue.synced,
        queue.synced + under + queue.held + queue.error
      )
    : trans.__('Everything recorded here is there');
}

function RemoteActions(props: {
  remote: Remote;
  model: QueueModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { remote, model, trans } = props;
  const { name } = remote;
  const [asked, setAsked] = React.useState(false);
  return (
    <div
      className="jp-mlops-Queue-actions"
      role="group"
      aria-label={trans.__('Actions of %1', name)}
    >
      <button
        type="button"
        className="jp-mlops-Button"
        onClick={() => void model.pause(remote)}
      >
        {remote.paused ? trans.__('Resume') : trans.__('Pause')}
      </button>
      <button
        type="button"
        className="jp-mlops-Button"
        aria-busy={model.isBusy(`look ${name}`)}
        onClick={() => void model.look(name)}
      >
        {trans.__('What would be pushed')}
      </button>
      <button
        type="button"
        className="jp-mlops-Button"
        aria-busy={model.isBusy(`pull ${name}`)}
        onClick={() => void model.pull(name)}
      >
        {trans.__('Pull')}
      </button>
      <button
        type="button"
        className="jp-mlops-Button"
        onBlur={() => setAsked(false)}
        onClick={() => (asked ? void model.disconnect(name) : setAsked(true))}
      >
        {asked
          ? trans.__('Disconnect? What is there stays')
          : trans.__('Disconnect')}
      </button>
    </div>
  );
}
