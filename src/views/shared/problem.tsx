import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { experimentsIcon } from '../../icons';
import type { IProblem } from '../../models/problem';

const INSTALL =
  'pip install jupyterlab-mlops\njupyter server extension enable jupyterlab_mlops';

/** Nothing to show: why, and what to do about it. */
export function Blank(props: {
  icon?: LabIcon;
  title: string;
  children?: React.ReactNode;
  action?: { label: string; run: () => void };
  /** Whether it tells of something that went wrong. */
  alert?: boolean;
}): React.ReactElement {
  const Icon = props.icon ?? experimentsIcon;
  return (
    <div
      className="jp-mlops-Blank"
      role={props.alert ? 'alert' : undefined}
      data-alert={props.alert || undefined}
    >
      <Icon.react className="jp-mlops-Blank-icon" tag="span" />
      <p className="jp-mlops-Blank-title">{props.title}</p>
      {props.children}
      {props.action && (
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={props.action.run}
        >
          {props.action.label}
        </button>
      )}
    </div>
  );
}

/** A problem in words, with what a person can do. */
export function ProblemView(props: {
  problem: IProblem;
  retry: () => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { problem, retry, trans } = props;
  const action = { label: trans.__('Try again'), run: retry };
  const gone = problem.code === 'not_found' && problem.details.candidate;
  if (gone) {
    return (
      <Blank title={trans.__('This candidate is gone')}>
        <p>
          {trans.__(
            'Candidate %1 was deleted for good, or is kept in another data directory.',
            String(gone).slice(0, 8)
          )}
        </p>
      </Blank>
    );
  }
  if (problem.code === 'missing') {
    return (
      <Blank
        alert
        title={trans.__('The server extension is not running')}
        action={action}
      >
        <p>
          {trans.__(
            'The panel needs jupyterlab-mlops in the environment of the Jupyter server. Install it there, enable it, and restart the server:'
          )}
        </p>
        <pre className="jp-mlops-Blank-code">{INSTALL}</pre>
      </Blank>
    );
  }
  if (problem.code === 'unreachable') {
    return (
      <Blank
        alert
        title={trans.__('The Jupyter server does not answer')}
        action={action}
      >
        <p>
          {trans.__(
            'Nothing recorded is lost. The list comes back by itself when the server does.'
          )}
        </p>
      </Blank>
    );
  }
  return (
    <Blank alert title={trans.__('This could not be shown')} action={action}>
      <p>{problem.message}</p>
    </Blank>
  );
}

/** Above what was shown before: that it may be old, and why. */
export function ProblemBar(props: {
  problem: IProblem | null;
  retry: () => void;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { problem, retry, trans } = props;
  if (!problem) {
    return null;
  }
  return (
    <p className="jp-mlops-ProblemBar" role="alert">
      <span>
        {problem.code === 'unreachable'
          ? trans.__('The Jupyter server does not answer: this may be old.')
          : trans.__('This may be old: %1', problem.message)}
      </span>
      <button type="button" className="jp-mlops-LinkButton" onClick={retry}>
        {trans.__('Try again')}
      </button>
    </p>
  );
}

/** Rows that are on their way. */
export function Skeleton(props: { rows: number }): React.ReactElement {
  return (
    <div className="jp-mlops-Skeleton" aria-hidden="true">
      {Array.from({ length: props.rows }, (_, index) => (
        <div key={index} className="jp-mlops-Skeleton-row" />
      ))}
    </div>
  );
}

/** In place of what is not here yet: its rows on their way, or why they do not come. */
export function Awaited(props: {
  problem: IProblem | null;
  retry: () => void;
  rows: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { problem, retry, rows, trans } = props;
  return problem ? (
    <ProblemView problem={problem} retry={retry} trans={trans} />
  ) : (
    <Skeleton rows={rows} />
  );
}
