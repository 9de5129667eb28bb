import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Delta, Switch } from '../shared/controls';
import { StatusGlyph } from '../shared/glyphs';
import { formatDelta, formatNumber, formatPercent } from '../../format';
import type { CompareModel } from '../../models/compare';
import type { Comparison, Difference } from '../../models/types';

type Group = keyof Comparison['groups'];

const GROUPS: readonly Group[] = [
  'metrics',
  'params',
  'data',
  'code',
  'environment',
  'tags'
];

/** A table of what differs: one column a candidate, the baseline first. */
export function Differences(props: {
  model: CompareModel;
  comparison: Comparison;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, comparison, trans } = props;
  const titles: Record<Group, string> = {
    metrics: trans.__('Metrics'),
    params: trans.__('Params'),
    data: trans.__('Data'),
    code: trans.__('Code'),
    environment: trans.__('Environment'),
    tags: trans.__('Tags')
  };
  const groups = GROUPS.map(name => {
    const all = comparison.groups[name];
    const rows = model.differencesOnly ? all.filter(row => row.differs) : all;
    return { name, rows, hidden: all.length - rows.length };
  });
  const hidden = groups.reduce((sum, group) => sum + group.hidden, 0);
  return (
    <div className="jp-mlops-Differences">
      <div className="jp-mlops-Compare-bar">
        <Switch
          label={trans.__('Differences only')}
          checked={model.differencesOnly}
          onChange={on => model.setDifferencesOnly(on)}
        >
          {hidden > 0 && (
            <span className="jp-mlops-Muted">
              {trans._n('%1 equal row hidden', '%1 equal rows hidden', hidden)}
            </span>
          )}
        </Switch>
      </div>
      <div className="jp-mlops-Compare-scroll" tabIndex={0}>
        <table className="jp-mlops-Compare-table">
          <thead>
            <tr>
              <th scope="col" className="jp-mlops-Compare-name">
                <span className="jp-mlops-Hidden">{trans.__('Name')}</span>
              </th>
              {comparison.candidates.map(candidate => (
                <th key={candidate.id} scope="col">
                  <StatusGlyph status={candidate.status} trans={trans} />
                  <span title={candidate.name}>{candidate.name}</span>
                  {candidate.id === comparison.baseline ? (
                    <span className="jp-mlops-Badge">
                      {trans.__('Baseline')}
                    </span>
                  ) : (
                    <button
                      type="button"
                      className="jp-mlops-LinkButton"
                      onClick={() => void model.setBaseline(candidate.id)}
                    >
                      {trans.__('Make baseline')}
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          {groups
            .filter(group => group.rows.length)
            .map(group => (
              <tbody key={group.name}>
                <tr className="jp-mlops-Compare-group">
                  <th
                    scope="rowgroup"
                    colSpan={comparison.candidates.length + 1}
                  >
                    {titles[group.name]}
                  </th>
                </tr>
                {group.rows.map(row => (
                  <DifferenceRow
                    key={row.name}
                    row={row}
                    comparison={comparison}
                  />
                ))}
              </tbody>
            ))}
        </table>
      </div>
    </div>
  );
}

function DifferenceRow(props: {
  row: Difference;
  comparison: Comparison;
}): React.ReactElement {
  const { row, comparison } = props;
  return (
    <tr data-differs={row.differs || undefined}>
      <th scope="row">{row.name}</th>
      {comparison.candidates.map(({ id }) => {
        const value = row.values[id];
        const delta = row.deltas?.[id];
        return (
          <td key={id} data-missing={value === undefined || undefined}>
            {value === undefined
              ? '—'
              : typeof value === 'number'
                ? formatNumber(value)
                : String(value)}
            {delta && id !== comparison.baseline && delta.absolute !== 0 && (
              <Delta
                absolute={delta.absolute}
                better={delta.better}
                text={
                  delta.percent === null
                    ? formatDelta(delta.absolute)
                    : formatPercent(delta.percent)
                }
              />
            )}
          </td>
        );
      })}
    </tr>
  );
}
