import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

/** What was checked, and how it came out. */
export interface ICheck {
  name: string;
  status: 'ok' | 'warning' | 'problem' | 'unknown';
  message: string;
}

const MARKS: Readonly<Record<ICheck['status'], string>> = {
  ok: '✓',
  warning: '!',
  problem: '✕',
  unknown: '?'
};

/** Checks with a mark, a colour and a sentence each. */
export function CheckList(props: {
  checks: readonly ICheck[];
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { checks, trans } = props;
  if (!checks.length) {
    return null;
  }
  const words: Record<ICheck['status'], string> = {
    ok: trans.__('Passed:'),
    warning: trans.__('Warning:'),
    problem: trans.__('Problem:'),
    unknown: trans.__('Not checked:')
  };
  return (
    <ul className="jp-mlops-Checks" aria-label={trans.__('Checks')}>
      {checks.map(check => (
        <li key={check.name} data-status={check.status}>
          <span className="jp-mlops-Checks-mark" aria-hidden="true">
            {MARKS[check.status]}
          </span>
          <span className="jp-mlops-Hidden">{words[check.status]}</span>
          <span>{check.message}</span>
        </li>
      ))}
    </ul>
  );
}
