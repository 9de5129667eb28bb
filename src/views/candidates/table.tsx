import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Grid } from './grid';
import { shownColumns } from './grid-columns';
import { TableToolbar } from './toolbar';
import { useModel } from '../shared/hooks';
import { EmptyBin } from '../sidebar/empty-bin';
import { NowRow } from '../sidebar/now-row';
import type { IPanelActions } from '../sidebar/parts';
import { Blank, ProblemBar, ProblemView, Skeleton } from '../shared/problem';
import type { CandidatesModel } from '../../models/candidates';

/** The full table of candidates: what is listed and how, and the grid. */
export function CandidatesTable(props: {
  model: CandidatesModel;
  open: (id: string) => void;
  actions: Pick<IPanelActions, 'compare' | 'restore' | 'deleteForGood'>;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  useModel(model);
  const shown = shownColumns(model);
  return (
    <div className="jp-mlops-TableView">
      <TableToolbar
        model={model}
        shown={shown}
        actions={actions}
        trans={trans}
      />
      <NowRow model={model} trans={trans} />
      {model.problem && !model.rows.length ? (
        <ProblemView
          problem={model.problem}
          retry={() => void model.refresh()}
          trans={trans}
        />
      ) : !model.ready ? (
        <Skeleton rows={12} />
      ) : !model.rows.length && model.filter.bin && !model.filter.narrows ? (
        <EmptyBin model={model} trans={trans} />
      ) : !model.rows.length ? (
        <Blank
          title={
            model.filter.narrows
              ? trans.__('No candidate matches')
              : trans.__('No candidates yet')
          }
          action={
            model.filter.narrows
              ? {
                  label: trans.__('Clear search and filters'),
                  run: () => model.filter.clear()
                }
              : undefined
          }
        />
      ) : (
        <>
          <ProblemBar
            problem={model.problem}
            retry={() => void model.refresh()}
            trans={trans}
          />
          <Grid {...props} shown={shown} />
        </>
      )}
    </div>
  );
}
