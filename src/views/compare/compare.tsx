import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Differences } from './differences';
import { useModel } from '../shared/hooks';
import { ProblemView, Skeleton } from '../shared/problem';
import { TabPanel, Tabs } from '../shared/tabs';
import type { CompareModel } from '../../models/compare';

/** Compare candidates: what differs, curves, code and artifacts. */
export function CompareView(props: {
  model: CompareModel;
  /** Tells the tab lists of several comparisons apart. */
  prefix: string;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, prefix, trans } = props;
  useModel(model);
  if (model.problem && !model.comparison) {
    return (
      <ProblemView
        problem={model.problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
    );
  }
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
      <TabPanel prefix={prefix} id={model.tab}>
        {!model.comparison ? (
          <Skeleton rows={8} />
        ) : model.tab === 'differences' ? (
          <Differences
            model={model}
            comparison={model.comparison}
            trans={trans}
          />
        ) : null}
      </TabPanel>
    </div>
  );
}
