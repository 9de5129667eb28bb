import * as React from 'react';

import { AxisSelect } from './axis-select';
import type { IRelationProps } from './relation-parts';
import { useOpening } from './relation-parts';
import { barsOption } from '../../charts/bars';
import { Chart } from '../../charts/chart';
import { sortedBy } from '../../charts/dimensions';
import { itemsTable } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';

/** Bars that are drawn; all are in the table. */
const MOST_BARS = 40;

/** One metric of every candidate, the largest first. */
export function BarsCard(props: IRelationProps): React.ReactElement {
  const { model, items, dimensions, others, comparison, actions, trans } =
    props;
  const dimension =
    dimensions.find(({ key }) => key === model.charts.bars) ?? dimensions[0];
  const sorted = React.useMemo(
    () => sortedBy(items, dimension),
    [items, dimension]
  );
  const shown = React.useMemo(() => sorted.slice(0, MOST_BARS), [sorted]);
  const { baseline } = comparison;
  const option = React.useCallback(
    (theme: IChartTheme) =>
      barsOption({
        items: shown,
        dimension,
        baseline: { id: baseline, label: trans.__('baseline') },
        theme
      }),
    [shown, dimension, baseline, trans]
  );
  const onReady = useOpening(actions.openCandidate);
  return (
    <Chart
      title={trans.__('Bars')}
      summary={trans.__('%1 of %2 candidates', dimension.label, sorted.length)}
      option={option}
      table={() =>
        itemsTable(sorted, [dimension], { candidate: trans.__('candidate') })
      }
      height={Math.max(props.height, 40 + shown.length * 17)}
      onReady={onReady}
      settings={
        <AxisSelect
          label={trans.__('Metric')}
          dimensions={dimensions}
          others={others}
          value={dimension.key}
          onChange={bars => model.setCharts({ bars })}
          trans={trans}
        />
      }
      footer={
        sorted.length > shown.length
          ? trans.__('The %1 largest of %2', shown.length, sorted.length)
          : undefined
      }
      trans={trans}
    />
  );
}
