import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ColumnsPicker } from './columns-picker';
import { columnTitle } from './titles';
import { ExperimentSelect } from '../sidebar/experiment-select';
import { SearchBar } from '../sidebar/search-bar';
import type { CandidatesModel } from '../../models/candidates';

/** Above the table: what is listed, how, and what to do with what is ticked. */
export function TableToolbar(props: {
  model: CandidatesModel;
  shown: readonly string[];
  compare: (ids: string[]) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, shown, compare, trans } = props;
  const count = model.selected.size;
  const params = shown.filter(column => column.startsWith('params.'));
  const group = model.choices.group;
  const groupable = [
    'attributes.notebook_run',
    'attributes.model_class',
    ...params
  ];
  if (group && !groupable.includes(group)) {
    groupable.push(group);
  }
  return (
    <div
      className="jp-mlops-TableBar"
      role="toolbar"
      aria-label={trans.__('Table')}
    >
      <ExperimentSelect model={model} trans={trans} />
      <SearchBar model={model} trans={trans} />
      <span className="jp-mlops-TableBar-count" role="status">
        {trans._n('%1 candidate', '%1 candidates', model.count)}
      </span>
      <label className="jp-mlops-TableBar-group">
        <span>{trans.__('Group by')}</span>
        <select
          value={group ?? ''}
          onChange={event =>
            model.choose({ group: event.target.value || null })
          }
        >
          <option value="">{trans.__('nothing')}</option>
          {groupable.map(id => (
            <option key={id} value={id}>
              {columnTitle(id, trans)}
            </option>
          ))}
        </select>
      </label>
      <ColumnsPicker model={model} shown={shown} trans={trans} />
      <button
        type="button"
        className="jp-mlops-Button jp-mod-primary"
        disabled={count < 2}
        onClick={() => compare([...model.selected])}
      >
        {count < 2 ? trans.__('Compare') : trans.__('Compare %1', count)}
      </button>
    </div>
  );
}
