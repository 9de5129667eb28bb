import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatDelta, formatNumber } from '../../format';
import { numberOf } from '../../models/measure';
import type { MatchReport } from '../../models/types';

type MetricVerdict = MatchReport['metrics'][number]['verdict'];

/** A verdict: a sign, a colour and a word. */
export function Verdict(props: {
  verdict: MatchReport['verdict'];
  trans: TranslationBundle;
}): React.ReactElement {
  const { verdict, trans } = props;
  const [sign, word] = {
    matched: ['✓', trans.__('Matched')],
    'not matched': ['✕', trans.__('Not matched')],
    inconclusive: ['?', trans.__('Inconclusive')],
    'changed parameters': ['≠', trans.__('Other parameters')]
  }[verdict];
  return (
    <span className="jp-mlops-Verdict" data-verdict={verdict}>
      <span aria-hidden="true">{sign}</span>
      {word}
    </span>
  );
}

/** A match report: what was compared metric by metric, and what may explain a difference. */
export function Report(props: {
  report: MatchReport;
  trans: TranslationBundle;
}): React.ReactElement {
  const { report, trans } = props;
  return (
    <div className="jp-mlops-Report">
      <p>{report.message}</p>
      {report.causes.length > 0 && (
        <>
          <h3>{trans.__('Likely causes')}</h3>
          <ul
            className="jp-mlops-Causes"
            aria-label={trans.__('Likely causes')}
          >
            {report.causes.map(({ kind, message }) => (
              <li key={`${kind} ${message}`}>
                <span className="jp-mlops-Badge">{kindName(kind, trans)}</span>
                {message}
              </li>
            ))}
          </ul>
        </>
      )}
      {report.metrics.length > 0 && (
        <div className="jp-mlops-Report-scroll">
          <table className="jp-mlops-Report-table">
            <thead>
              <tr>
                <th scope="col">{trans.__('Metric')}</th>
                <th scope="col">{trans.__('Original')}</th>
                <th scope="col">{trans.__('Again')}</th>
                <th scope="col">{trans.__('Difference')}</th>
                <th scope="col">{trans.__('Tolerance')}</th>
                <th scope="col">{trans.__('Verdict')}</th>
              </tr>
            </thead>
            <tbody>
              {report.metrics.map(row => (
                <MetricRow
                  key={row.name}
                  row={row}
                  expected={report.verdict !== 'changed parameters'}
                  trans={trans}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function MetricRow(props: {
  row: MatchReport['metrics'][number];
  /** Whether the metrics are expected to be the same. */
  expected: boolean;
  trans: TranslationBundle;
}): React.ReactElement {
  const { row, expected, trans } = props;
  const [before, again] = [numberOf(row.original), numberOf(row.rerun)];
  return (
    <tr data-verdict={row.verdict}>
      <th scope="row">{row.name}</th>
      <td title={before === null ? undefined : String(before)}>
        {formatNumber(before)}
      </td>
      <td title={again === null ? undefined : String(again)}>
        {formatNumber(again)}
      </td>
      <td>
        {before !== null && again !== null && before !== again
          ? formatDelta(again - before)
          : '–'}
      </td>
      <td>
        {expected && row.tolerance !== null ? formatNumber(row.tolerance) : '–'}
      </td>
      <td>
        {expected
          ? metricVerdict(row.verdict, trans)
          : trans.__('Not compared')}
      </td>
    </tr>
  );
}

function metricVerdict(
  verdict: MetricVerdict,
  trans: TranslationBundle
): string {
  switch (verdict) {
    case 'matched':
      return trans.__('✓ Matched');
    case 'not matched':
      return trans.__('✕ Not matched');
    case 'missing':
      return trans.__('✕ Missing');
    case 'new':
      return trans.__('New');
    case 'ignored':
      return trans.__('Not compared');
  }
}

/** What a cause is about, in a word. */
function kindName(kind: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    failed: trans.__('Failed'),
    data: trans.__('Data'),
    packages: trans.__('Packages'),
    seeds: trans.__('Randomness'),
    order: trans.__('Order'),
    cells: trans.__('Cells'),
    names: trans.__('Names'),
    code: trans.__('Code'),
    modules: trans.__('Modules'),
    params: trans.__('Params'),
    repository: trans.__('Repository')
  };
  return names[kind] ?? kind;
}
