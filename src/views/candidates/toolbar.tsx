import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ColumnsPicker } from './columns-picker';
import { exportTable } from './export';
import { columnTitle } from './titles';
import { ExperimentSelect } from '../sidebar/experiment-select';
import type { IPanelActions } from '../sidebar/parts';
import { SearchBar } from '../sidebar/search-bar';
import { SelectionActions } from '../sidebar/selection-actions';
import { fileName, save } from '../../charts/save';
import { toCsv } from '../../charts/table';
import type { CandidatesModel } from '../../models/candidates';

/** Above the table: what is listed, how, and what to do with what is ticked. */
export function TableToolbar(props: {
  model: CandidatesModel;
  shown: readonly string[];
  actions: Pick<IPanelActions, 'compare' | 'restore' | 'deleteForGood'>;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, shown, trans } = props;
  const { group } = model.choices;
  return (
    <div
      className="jp-mlops-TableBar"
      role="toolbar"
      aria-label={trans.__('Table')}
    >
      <ExperimentSelect model={model} trans={trans} />
      <SearchBar model={model} trans={trans} />
      <span className="jp-mlops-TableBar-count" role="status">
        {model.filter.bin
          ? trans._n(
              '%1 deleted candidate',
              '%1 deleted candidates',
              model.count
            )
          : trans._n('%1 candidate', '%1 candidates', model.count)}
        {group && model.loaded < model.count && (
          <> · {trans.__('%1 grouped so far', model.loaded)}</>
        )}
      </span>
      <GroupSelect model={model} shown={shown} trans={trans} />
      <ColumnsPicker model={model} shown={shown} trans={trans} />
      <CsvButton model={model} shown={shown} trans={trans} />
      <span className="jp-mlops-TableBar-compare">
        <SelectionActions
          model={model}
          actions={props.actions}
          counts
          trans={trans}
        />
      </span>
    </div>
  );
}

interface IPartProps {
  model: CandidatesModel;
  /** Ids of the columns in sight, in order. */
  shown: readonly string[];
  trans: TranslationBundle;
}

/** What the rows are grouped by. */
function GroupSelect(props: IPartProps): React.ReactElement {
  const { model, shown, trans } = props;
  const { group } = model.choices;
  const named = (kind: 'params' | 'tags') =>
    (model.keys?.[kind] ?? []).map(({ name }) => `${kind}.${name}`);
  const groups = [
    {
      label: trans.__('Facts'),
      ids: ['attributes.notebook_run', 'attributes.model_class']
    },
    {
      label: trans.__('Params'),
      // Those in sight first: they are what differs.
      ids: [
        ...new Set([
          ...shown.filter(column => column.startsWith('params.')),
          ...named('params')
        ])
      ]
    },
    { label: trans.__('Tags'), ids: named('tags') }
  ];
  const offered = groups.some(({ ids }) => group && ids.includes(group));
  return (
    <label className="jp-mlops-TableBar-group">
      <span>{trans.__('Group by')}</span>
      <select
        value={group ?? ''}
        onChange={event => model.choose({ group: event.target.value || null })}
      >
        <option value="">{trans.__('nothing')}</option>
        {group && !offered && (
          <option value={group}>{columnTitle(group, trans)}</option>
        )}
        {groups
          .filter(({ ids }) => ids.length)
          .map(({ label, ids }) => (
            <optgroup key={label} label={label}>
              {ids.map(id => (
                <option key={id} value={id}>
                  {columnTitle(id, trans)}
                </option>
              ))}
            </optgroup>
          ))}
      </select>
    </label>
  );
}

/** Save what is ticked, else the whole table. */
function CsvButton(props: IPartProps): React.ReactElement {
  const { model, shown, trans } = props;
  const count = model.selection.ids.size;
  const saveCsv = async () => {
    await model.fill({ all: true });
    const rows = count
      ? model.rows.filter(({ id }) => model.selection.ids.has(id))
      : model.rows;
    const table = exportTable(rows, shown, model, trans);
    save(
      fileName(model.experiment?.name ?? trans.__('candidates'), 'csv'),
      new Blob([toCsv(table)], { type: 'text/csv' })
    );
  };
  return (
    <button
      type="button"
      className="jp-mlops-Button jp-mlops-TableBar-csv"
      title={
        count
          ? trans._n(
              'Save %1 ticked candidate as CSV',
              'Save %1 ticked candidates as CSV',
              count
            )
          : trans.__('Save all candidates of the table as CSV')
      }
      onClick={() => void saveCsv()}
    >
      {trans.__('CSV')}
    </button>
  );
}
