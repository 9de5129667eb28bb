import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';

/** Choose the experiment whose candidates are listed. */
export function ExperimentSelect(props: {
  model: CandidatesModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const experiments = model.experiments ?? [];
  return (
    <div className="jp-mlops-Select">
      <select
        aria-label={trans.__('Experiment')}
        title={model.experiment?.notebook ?? undefined}
        value={model.experiment?.id ?? ''}
        onChange={event => void model.setExperiment(event.target.value || null)}
      >
        <option value="">{trans.__('All experiments')}</option>
        {experiments.map(item => (
          <option key={item.id} value={item.id}>
            {item.name}
          </option>
        ))}
      </select>
      <caretDownEmptyIcon.react tag="span" className="jp-mlops-Select-caret" />
    </div>
  );
}
