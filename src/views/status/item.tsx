import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { summaryText } from './text';
import { useModel } from '../shared/hooks';
import type { SyncModel } from '../../models/sync';

/** The status bar's item: the connection to GitLab and its queue. */
export function StatusItem(props: {
  model: SyncModel;
  onClick: () => void;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, onClick, trans } = props;
  useModel(model);
  const text = summaryText(model.summary, trans);
  if (!text) {
    return null;
  }
  return (
    <button
      type="button"
      className="jp-mlops-StatusItem"
      data-state={model.summary.state}
      title={
        model.status?.connection.message ??
        model.status?.connection.project ??
        undefined
      }
      onClick={onClick}
    >
      <span className="jp-mlops-StatusItem-dot" aria-hidden="true" />
      {text}
    </button>
  );
}
