import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CandidatesTab } from './candidates-tab';
import { ConnectionBar } from './connection-bar';
import { ExperimentSelect } from './experiment-select';
import type { IPanelActions } from './parts';
import { ModelsTab } from '../registry/models-tab';
import { IconButton } from '../shared/controls';
import { useModel } from '../shared/hooks';
import { ProblemView } from '../shared/problem';
import { TabPanel, Tabs } from '../shared/tabs';
import { tableIcon } from '../../icons';
import type { CandidatesModel } from '../../models/candidates';
import type { RegistryModel } from '../../models/registry';
import type { SyncModel } from '../../models/sync';

/** The sidebar: experiments, their candidates, and registered models. */
export function ExperimentsPanel(props: {
  candidates: CandidatesModel;
  registry: RegistryModel;
  sync: SyncModel;
  actions: IPanelActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { candidates, registry, sync, actions, trans } = props;
  const [tab, setTab] = React.useState<'candidates' | 'models'>('candidates');
  useModel(candidates);
  useModel(registry);

  const problem = candidates.problem;
  if (problem && (problem.code === 'missing' || !candidates.experiments)) {
    return (
      <div className="jp-mlops-Panel">
        <ProblemView
          problem={problem}
          retry={() => void candidates.refresh()}
          trans={trans}
        />
      </div>
    );
  }
  return (
    <div className="jp-mlops-Panel">
      <div className="jp-mlops-Panel-head">
        <ExperimentSelect model={candidates} trans={trans} />
        <IconButton
          icon={tableIcon}
          label={trans.__('Open as a table')}
          onClick={actions.openTable}
        />
        <IconButton
          icon={refreshIcon}
          label={trans.__('Look again')}
          onClick={() => {
            void candidates.refresh();
            void registry.refresh();
          }}
        />
      </div>
      <Tabs
        label={trans.__('Panel')}
        prefix="jp-mlops-panel"
        current={tab}
        onChange={setTab}
        tabs={[
          {
            id: 'candidates',
            label: trans.__('Candidates'),
            count: candidates.ready ? candidates.count : undefined
          },
          {
            id: 'models',
            label: trans.__('Models'),
            count: registry.models?.length
          }
        ]}
      />
      <TabPanel prefix="jp-mlops-panel" id={tab}>
        {tab === 'candidates' ? (
          <CandidatesTab model={candidates} actions={actions} trans={trans} />
        ) : (
          <ModelsTab model={registry} actions={actions} trans={trans} />
        )}
      </TabPanel>
      <ConnectionBar model={sync} actions={actions} trans={trans} />
    </div>
  );
}
