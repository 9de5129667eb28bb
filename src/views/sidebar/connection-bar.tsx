import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPanelActions } from './parts';
import { useModel } from '../shared/hooks';
import { summaryText } from '../status/text';
import { cloudIcon } from '../../icons';
import type { SyncModel } from '../../models/sync';

/** The foot of the panel: where things are shared, and how that goes. */
export function ConnectionBar(props: {
  model: SyncModel;
  actions: IPanelActions;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, actions, trans } = props;
  useModel(model);
  const status = model.status;
  if (!status) {
    return null;
  }
  const { connected, project, message } = status.connection;
  return (
    <div
      className="jp-mlops-ConnectionBar"
      data-state={model.summary.state}
      title={message ?? undefined}
    >
      <cloudIcon.react tag="span" className="jp-mlops-ConnectionBar-icon" />
      <span className="jp-mlops-ConnectionBar-text">
        {connected
          ? (project ?? trans.__('GitLab'))
          : trans.__('Kept on this machine')}
      </span>
      {connected ? (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={actions.showQueue}
        >
          {summaryText(model.summary, trans, true)}
        </button>
      ) : (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={actions.connect}
        >
          {trans.__('Connect GitLab')}
        </button>
      )}
    </div>
  );
}
