import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CandidateList } from './candidate-list';
import { EmptyBin } from './empty-bin';
import { NowRow } from './now-row';
import type { IPanelActions } from './parts';
import { SearchBar } from './search-bar';
import { SelectionActions } from './selection-actions';
import { IconButton } from '../shared/controls';
import { Blank, ProblemBar, ProblemView, Skeleton } from '../shared/problem';
import type { CandidatesModel } from '../../models/candidates';

/** Search, list, select and compare candidates. */
export function CandidatesTab(props: {
  model: CandidatesModel;
  actions: IPanelActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  return (
    <>
      <SearchBar model={model} trans={trans} />
      <NowRow model={model} trans={trans} />
      <Body {...props} />
      <SelectionBar model={model} actions={actions} trans={trans} />
      <p className="jp-mlops-Hidden" role="status">
        {model.ready
          ? trans._n('%1 candidate', '%1 candidates', model.count)
          : ''}
      </p>
    </>
  );
}

function Body(props: {
  model: CandidatesModel;
  actions: IPanelActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  if (model.problem && !model.rows.length) {
    return (
      <ProblemView
        problem={model.problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
    );
  }
  if (!model.ready) {
    return <Skeleton rows={6} />;
  }
  if (!model.rows.length && model.filter.narrows) {
    return (
      <Blank
        title={trans.__('No candidate matches')}
        action={{
          label: trans.__('Clear search and filters'),
          run: () => model.filter.clear()
        }}
      />
    );
  }
  if (!model.rows.length && model.filter.bin) {
    return <EmptyBin model={model} trans={trans} />;
  }
  if (!model.rows.length) {
    return (
      <Blank title={trans.__('No candidates yet')}>
        <p>
          {trans.__(
            'Run a notebook that trains or measures something. Its candidates appear here by themselves, with what produced them; the code stays as it is.'
          )}
        </p>
      </Blank>
    );
  }
  return (
    <>
      <ProblemBar
        problem={model.problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
      <CandidateList model={model} open={actions.openCandidate} trans={trans} />
    </>
  );
}

/** What is ticked, and what can be done with it. */
function SelectionBar(props: {
  model: CandidatesModel;
  actions: IPanelActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  const count = model.selection.ids.size;
  return (
    <div className="jp-mlops-SelectionBar">
      <span className="jp-mlops-SelectionBar-text" aria-live="polite">
        {count === 0
          ? model.filter.bin
            ? trans.__('Tick to restore')
            : trans.__('Tick to compare')
          : trans._n('%1 ticked', '%1 ticked', count)}
      </span>
      {count > 0 && (
        <IconButton
          icon={closeIcon}
          label={trans.__('Untick all')}
          onClick={() => model.selection.set([])}
        />
      )}
      <SelectionActions model={model} actions={actions} trans={trans} />
    </div>
  );
}
