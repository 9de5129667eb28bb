import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { TickAll } from '../candidates/tick-all';
import { SortMark } from '../shared/controls';
import type { CandidatesModel } from '../../models/candidates';

/** The heads of the list: tick all, and what it can be sorted by. */
export function ListHead(props: {
  model: CandidatesModel;
  /** Names of the shown metrics. */
  metrics: readonly string[];
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, metrics, trans } = props;
  return (
    <div role="rowgroup">
      <div className="jp-mlops-List-head" role="row" aria-rowindex={1}>
        <span role="columnheader" className="jp-mlops-Row-check">
          <TickAll model={model} trans={trans} />
        </span>
        <SortHeader
          model={model}
          sortKey="attributes.start_time"
          label={trans.__('Candidate')}
          className="jp-mlops-Row-main"
        />
        {metrics.map(name => (
          <SortHeader
            key={name}
            model={model}
            sortKey={`metrics.${name}`}
            label={name}
            className="jp-mlops-Row-metric"
          />
        ))}
      </div>
    </div>
  );
}

function SortHeader(props: {
  model: CandidatesModel;
  sortKey: string;
  label: string;
  className: string;
}): React.ReactElement {
  const { model, sortKey, label } = props;
  const { sort } = model.choices;
  const direction = sort?.descending ? 'descending' : 'ascending';
  const sorted = sort?.key === sortKey ? direction : undefined;
  return (
    <span role="columnheader" className={props.className} aria-sort={sorted}>
      <button
        type="button"
        className="jp-mlops-SortButton"
        title={label}
        onClick={() => model.sortBy(sortKey)}
      >
        <span className="jp-mlops-SortButton-text">{label}</span>
        <SortMark sorted={sorted} />
      </button>
    </span>
  );
}
