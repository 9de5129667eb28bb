import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Verdict } from './report';
import type { ReproductionModel } from '../../models/reproduction';
import type { Reproductions } from '../../models/types';

type Job = NonNullable<Reproductions['job']>;
type Run = Job['runs'][number];

/** What runs now: how far each run is, and how to stop. */
export function JobView(props: {
  model: ReproductionModel;
  job: Job;
  openCandidate: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, job, trans } = props;
  const ended = job.runs.filter(
    ({ state }) => state !== 'waiting' && state !== 'running'
  ).length;
  return (
    <section className="jp-mlops-Job" aria-label={trans.__('Running now')}>
      <div className="jp-mlops-Detail-heading">
        <h2>
          {job.running ? trans.__('Running now') : trans.__('The last time')}
        </h2>
        <span className="jp-mlops-Muted" role="status">
          {job.runs.length > 1
            ? trans.__('%1 of %2 runs ended', ended, job.runs.length)
            : stateText(job.runs[0], trans)}
        </span>
        {job.running && (
          <button
            type="button"
            className="jp-mlops-Button"
            onClick={() => void model.cancel()}
          >
            {trans.__('Cancel')}
          </button>
        )}
      </div>
      <ul className="jp-mlops-Job-runs" aria-label={trans.__('Runs')}>
        {job.runs.map((run, index) => (
          <RunItem key={index} run={run} {...props} />
        ))}
      </ul>
    </section>
  );
}

function RunItem(props: {
  run: Run;
  openCandidate: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { run, trans } = props;
  const { candidate } = run;
  const given = parametersText(run.parameters);
  return (
    <li data-state={run.state}>
      <span className="jp-mlops-Job-given" title={given}>
        {given || trans.__('As it was')}
      </span>
      {run.state === 'running' ? (
        <progress
          max={run.total || 1}
          value={run.total ? run.done : undefined}
          aria-label={trans.__('Cells executed')}
        />
      ) : (
        <span />
      )}
      <span className="jp-mlops-Muted">{stateText(run, trans)}</span>
      {run.report && <Verdict verdict={run.report.verdict} trans={trans} />}
      {candidate && (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => props.openCandidate(candidate)}
        >
          {trans.__('Open candidate')}
        </button>
      )}
      {run.error && (
        <span className="jp-mlops-Job-error" role="note">
          {run.error}
        </span>
      )}
    </li>
  );
}

/** Parameters in a line. */
export function parametersText(
  parameters: Readonly<Record<string, unknown>>
): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ');
}

function stateText(run: Run, trans: TranslationBundle): string {
  switch (run.state) {
    case 'waiting':
      return trans.__('Waiting');
    case 'running':
      return run.total
        ? trans.__(
            'Cell %1 of %2',
            Math.min(run.done + 1, run.total),
            run.total
          )
        : trans.__('Starting a kernel');
    case 'finished':
      return trans.__('Finished');
    case 'failed':
      return trans.__('Failed');
    case 'cancelled':
      return trans.__('Cancelled');
  }
}
