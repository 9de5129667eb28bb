import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatDelta, formatNumber, formatPercent } from '../../format';
import { deltaInRow } from '../../models/measure';
import type { Difference } from '../../models/types';

/** One value of one candidate, and how it differs from the baseline's. */
export const DifferenceCell = React.memo(function DifferenceCell(props: {
  row: Difference;
  id: string;
  baseline: string;
  /** Whether it is the best of its row. */
  best: boolean;
  trans: TranslationBundle;
}): React.ReactElement {
  const { row, id, baseline, best, trans } = props;
  const value = row.values[id];
  if (value === undefined) {
    return (
      <span
        className="jp-mlops-Differences-missing"
        title={trans.__('Not recorded')}
      >
        <span aria-hidden="true">–</span>
        <span className="jp-mlops-Hidden">{trans.__('not recorded')}</span>
      </span>
    );
  }
  if (value === '') {
    return (
      <span className="jp-mlops-Differences-empty">{trans.__('empty')}</span>
    );
  }
  const text = typeof value === 'number' ? formatNumber(value) : String(value);
  const delta = deltaInRow(row, id, baseline);
  return (
    <>
      <span
        className="jp-mlops-Differences-value"
        data-best={best || undefined}
        title={best ? trans.__('%1: the best here', value) : String(value)}
      >
        {text}
        {best && (
          <span className="jp-mlops-Hidden">{trans.__('the best')}</span>
        )}
      </span>
      {delta && delta.absolute !== 0 && (
        <span
          className="jp-mlops-Differences-delta"
          data-better={delta.better ?? undefined}
        >
          {delta.better !== null && (
            <>
              <span aria-hidden="true">{delta.better ? '▲' : '▽'}</span>
              <span className="jp-mlops-Hidden">
                {delta.better ? trans.__('better') : trans.__('worse')}
              </span>
            </>
          )}
          {formatDelta(delta.absolute)}
          {delta.percent !== null && (
            <span className="jp-mlops-Differences-percent">
              {formatPercent(delta.percent)}
            </span>
          )}
        </span>
      )}
    </>
  );
});
