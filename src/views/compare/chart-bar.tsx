import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { groupKeys, labelOf } from './items';
import type { CompareModel, IChartChoices } from '../../models/compare';
import type { CandidateDetail } from '../../models/types';

/** How curves are drawn: what they run over, scales, smoothing, groups. */
export function ChartBar(props: {
  model: CompareModel;
  candidates: readonly CandidateDetail[];
  /** How many metrics have curves; none: only the other charts. */
  curves: number;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, candidates, curves, trans } = props;
  const { charts } = model;
  const keys = React.useMemo(() => groupKeys(candidates), [candidates]);
  if (!curves) {
    return null;
  }
  const set = (change: Partial<IChartChoices>) => model.setCharts(change);
  return (
    <div
      className="jp-mlops-Compare-bar jp-mlops-Charts-bar"
      role="group"
      aria-label={trans.__('Curves')}
    >
      <Scales charts={charts} set={set} trans={trans} />
      <label>
        {trans.__('Smoothing')}
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={charts.smoothing}
          onChange={event => set({ smoothing: Number(event.target.value) })}
        />
        <output className="jp-mlops-Charts-amount">
          {charts.smoothing.toFixed(2)}
        </output>
      </label>
      <label>
        {trans.__('Group by')}
        <select
          className="jp-mlops-Dropdown"
          value={charts.group ?? ''}
          onChange={event => set({ group: event.target.value || null })}
        >
          <option value="">{trans.__('Nothing')}</option>
          {keys.map(key => (
            <option key={key} value={key}>
              {labelOf(key)}
            </option>
          ))}
        </select>
      </label>
      <span className="jp-mlops-Compare-space" />
      <input
        type="search"
        className="jp-mlops-Input"
        aria-label={trans.__('Search curves')}
        placeholder={trans._n('Search %1 curve', 'Search %1 curves', curves)}
        value={charts.search}
        onChange={event => set({ search: event.target.value })}
      />
    </div>
  );
}

/** What curves run over, and which axes are logarithmic. */
function Scales(props: {
  charts: IChartChoices;
  set: (change: Partial<IChartChoices>) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { charts, set, trans } = props;
  return (
    <>
      <label>
        {trans.__('X axis')}
        <select
          className="jp-mlops-Dropdown"
          value={charts.axis}
          onChange={event =>
            set({ axis: event.target.value as IChartChoices['axis'] })
          }
        >
          <option value="step">{trans.__('Step')}</option>
          <option value="relative">{trans.__('Relative time')}</option>
          <option value="wall">{trans.__('Wall time')}</option>
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={charts.logX}
          onChange={event => set({ logX: event.target.checked })}
        />
        {trans.__('Log x')}
      </label>
      <label>
        <input
          type="checkbox"
          checked={charts.logY}
          onChange={event => set({ logY: event.target.checked })}
        />
        {trans.__('Log y')}
      </label>
    </>
  );
}
