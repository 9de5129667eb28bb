import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ArtifactsTab } from './artifacts';
import { ChartsTab } from './charts';
import { CodeTab } from './code';
import { Differences } from './differences';
import { curveNames } from './items';
import type { ICompareActions } from './parts';
import { useModel } from '../shared/hooks';
import { ProblemView, Skeleton } from '../shared/problem';
import { TabPanel, Tabs } from '../shared/tabs';
import { stylesOf } from '../../charts/styles';
import type { CompareModel } from '../../models/compare';
import type { IComparison } from '../../models/comparison';

/** Milliseconds after which what may be looked at next is loaded. */
const LEISURE = 300;

/** Compare candidates: what differs, curves, code and artifacts. */
export function CompareView(props: {
  model: CompareModel;
  /** Tells the tab lists of several comparisons apart. */
  prefix: string;
  actions: ICompareActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, prefix, actions, trans } = props;
  useModel(model);
  const styles = React.useMemo(() => stylesOf(model.ids), [model]);
  const { comparison } = model;
  usePrepared(model);
  if (model.problem && !comparison) {
    return (
      <ProblemView
        problem={model.problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
    );
  }
  const parts = comparison && { model, comparison, styles, actions, trans };
  return (
    <div className="jp-mlops-Compare">
      <Tabs
        label={trans.__('Comparison')}
        prefix={prefix}
        current={model.tab}
        onChange={tab => model.setTab(tab)}
        tabs={[
          { id: 'differences', label: trans.__('Differences') },
          { id: 'charts', label: trans.__('Charts') },
          { id: 'code', label: trans.__('Code') },
          { id: 'artifacts', label: trans.__('Artifacts') }
        ]}
      />
      {comparison && model.filtered && (
        <Filtered model={model} comparison={comparison} trans={trans} />
      )}
      <TabPanel prefix={prefix} id={model.tab}>
        {!parts ? (
          <Skeleton rows={8} />
        ) : model.tab === 'differences' ? (
          <Differences {...parts} />
        ) : model.tab === 'charts' ? (
          <ChartsTab {...parts} />
        ) : model.tab === 'code' ? (
          <CodeTab {...parts} />
        ) : (
          <ArtifactsTab {...parts} />
        )}
      </TabPanel>
    </div>
  );
}

/** While the differences are read: load what the charts begin with. */
function usePrepared(model: CompareModel): void {
  const { comparison } = model;
  React.useEffect(() => {
    if (!comparison || model.tab === 'charts') {
      return;
    }
    const timer = window.setTimeout(() => {
      const [first] = curveNames(comparison.curves);
      if (first) {
        model.prepareSeries(first);
      }
      void import('../../charts/engine').catch(() => undefined);
    }, LEISURE);
    return () => window.clearTimeout(timer);
  }, [model, comparison !== null]);
}

/** That not all candidates are shown. */
function Filtered(props: {
  model: CompareModel;
  comparison: IComparison;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, comparison, trans } = props;
  return (
    <div className="jp-mlops-Compare-filter" role="status">
      <span>
        {trans.__(
          '%1 of %2 candidates are shown',
          model.shown.length,
          comparison.candidates.length
        )}
      </span>
      <button
        type="button"
        className="jp-mlops-LinkButton"
        onClick={() => model.showAll()}
      >
        {trans.__('Show all')}
      </button>
    </div>
  );
}
