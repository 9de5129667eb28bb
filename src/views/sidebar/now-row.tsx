import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';

/** How the open notebook differs from its latest candidate, before it runs. */
export function NowRow(props: {
  model: CandidatesModel;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, trans } = props;
  const now = model.now;
  if (!now?.candidate || now.notebook !== model.notebook) {
    return null;
  }
  const same = !now.running && !now.changes.length && !now.changed_cells;
  const text = now.running
    ? trans.__('Running…')
    : same
      ? trans.__('As in the latest candidate')
      : now.summary ||
        now.changes.join(' · ') ||
        trans._n('%1 cell edited', '%1 cells edited', now.changed_cells);
  return (
    <div
      className="jp-mlops-Now"
      data-same={same || undefined}
      role="note"
      aria-label={trans.__('Now')}
      title={now.changes.join('\n') || undefined}
    >
      <span className="jp-mlops-Now-label">{trans.__('Now')}</span>
      <span className="jp-mlops-Now-text">{text}</span>
    </div>
  );
}
