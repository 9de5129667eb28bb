import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { JobView, parametersText } from './job';
import type { IReproduceActions } from './parts';
import { Report, Verdict } from './report';
import { StatusGlyph } from '../shared/glyphs';
import { useClock, useModel } from '../shared/hooks';
import { Awaited, Blank } from '../shared/problem';
import { formatAge, formatTime } from '../../format';
import type { ReproductionModel } from '../../models/reproduction';
import type { Reproductions } from '../../models/types';

type Rerun = Reproductions['reruns'][number];

/** Running a candidate again: what runs now, and the match report of every run. */
export function ReproductionView(props: {
  model: ReproductionModel;
  actions: IReproduceActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  useModel(model);
  const { state, problem } = model;
  if (!state) {
    return (
      <Awaited
        problem={problem}
        retry={() => void model.refresh()}
        rows={6}
        trans={trans}
      />
    );
  }
  const job = worthTelling(state.job) ? state.job : null;
  return (
    <article className="jp-mlops-Reproduction">
      <Head {...props} state={state} />
      {model.refusal && (
        <p className="jp-mlops-Form-problem" role="alert">
          {model.refusal.message}
        </p>
      )}
      {state.problem && <p className="jp-mlops-Notice">{state.problem}</p>}
      {job && (
        <JobView
          model={model}
          job={job}
          openCandidate={actions.openCandidate}
          trans={trans}
        />
      )}
      {state.reruns.length > 0 ? (
        <Reruns {...props} state={state} />
      ) : (
        !job && (
          <Blank title={trans.__('Not run again yet')}>
            <p>
              {trans.__(
                'A run again executes the notebook as it was saved in a fresh kernel, and compares every metric with this candidate. Only a run that matched makes it verified.'
              )}
            </p>
          </Blank>
        )
      )}
    </article>
  );
}

/** Whether a job says what the list of runs does not: that it runs, or what came of nothing. */
function worthTelling(job: Reproductions['job']): boolean {
  return (
    !!job &&
    (job.running ||
      job.runs.some(run => run.state !== 'finished' || !run.candidate))
  );
}

function Head(props: {
  model: ReproductionModel;
  state: Reproductions;
  actions: IReproduceActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, state, actions, trans } = props;
  const runnable = !state.problem && !model.running;
  return (
    <header className="jp-mlops-Reproduction-head">
      <h1>
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => actions.openCandidate(state.candidate)}
        >
          {state.name}
        </button>
        {state.verified && (
          <span className="jp-mlops-Badge">{trans.__('Verified')}</span>
        )}
      </h1>
      {state.reproduction && (
        <p className="jp-mlops-Muted">{state.reproduction.message}</p>
      )}
      <div className="jp-mlops-Reproduction-actions">
        <button
          type="button"
          className="jp-mlops-Button jp-mod-primary"
          disabled={!runnable}
          onClick={() => void model.begin({})}
        >
          {trans.__('Run again')}
        </button>
        <button
          type="button"
          className="jp-mlops-Button"
          disabled={!runnable}
          title={trans.__(
            'Repeat the executions in the order in which they ran, not the notebook from top to bottom'
          )}
          onClick={() => void model.begin({ as_it_ran: true })}
        >
          {trans.__('Run again as it ran')}
        </button>
        <button
          type="button"
          className="jp-mlops-Button"
          disabled={!runnable || !state.parameters.length}
          onClick={() => actions.askParameters(false)}
        >
          {trans.__('With changed parameters…')}
        </button>
        <button
          type="button"
          className="jp-mlops-Button"
          disabled={!runnable || !state.parameters.length}
          onClick={() => actions.askParameters(true)}
        >
          {trans.__('Run a grid…')}
        </button>
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={actions.openAsItRan}
        >
          {trans.__('Open as it ran')}
        </button>
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={actions.restoreCopy}
        >
          {trans.__('Restore a copy…')}
        </button>
      </div>
    </header>
  );
}

/** Every run again, the newest first; its report is open. */
function Reruns(props: {
  state: Reproductions;
  actions: IReproduceActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { state, actions, trans } = props;
  const now = useClock();
  const ids = state.reruns.map(({ id }) => id);
  return (
    <section aria-label={trans.__('Runs again')}>
      <div className="jp-mlops-Detail-heading">
        <h2>
          {trans.__('Runs again')}
          <span className="jp-mlops-Count" aria-hidden="true">
            {ids.length}
          </span>
        </h2>
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() =>
            actions.compare([state.candidate, ...ids.slice(0, 49)])
          }
        >
          {trans.__('Compare them')}
        </button>
      </div>
      {state.reruns.map((rerun, index) => (
        <RerunItem
          key={rerun.id}
          rerun={rerun}
          first={index === 0}
          now={now}
          openCandidate={actions.openCandidate}
          trans={trans}
        />
      ))}
    </section>
  );
}

function RerunItem(props: {
  rerun: Rerun;
  first: boolean;
  now: number;
  openCandidate: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { rerun, now, trans } = props;
  const [toggled, setToggled] = React.useState<boolean | null>(null);
  const open = toggled ?? props.first;
  const given = parametersText(rerun.parameters);
  return (
    <details
      className="jp-mlops-Rerun"
      open={open}
      onToggle={event =>
        event.currentTarget.open !== open &&
        setToggled(event.currentTarget.open)
      }
    >
      <summary>
        <StatusGlyph status={rerun.status} trans={trans} />
        <span className="jp-mlops-Rerun-name">{given || rerun.name}</span>
        {rerun.report && (
          <Verdict verdict={rerun.report.verdict} trans={trans} />
        )}
        <span className="jp-mlops-Muted" title={formatTime(rerun.start_time)}>
          {rerun.start_time === null
            ? ''
            : formatAge(rerun.start_time, now, trans)}
        </span>
      </summary>
      <button
        type="button"
        className="jp-mlops-LinkButton"
        onClick={() => props.openCandidate(rerun.id)}
      >
        {trans.__('Open candidate')}
      </button>
      {rerun.report && <Report report={rerun.report} trans={trans} />}
    </details>
  );
}
