import * as React from 'react';

import { BarsCard } from './bars-card';
import { BoxesCard } from './boxes-card';
import type { IChartItems } from './chart-items';
import { groupKeys } from './items';
import { columnsOf, parallelHeight, relationLayout } from './layout';
import { ParallelCard } from './parallel-card';
import type { ITabProps } from './parts';
import { ScatterCard } from './scatter-card';
import type { IDimension } from '../../charts/types';

const isMetric = ({ key }: IDimension) => key.startsWith('metrics.');

/** How metrics and params hang together: parallel coordinates, scatter, bars and boxes. */
export function RelationsSection(
  props: ITabProps & {
    chart: IChartItems;
    /** Pixels. */
    width: number;
  }
): React.ReactElement {
  const { comparison, chart, width, trans } = props;
  const { items, dimensions, others } = chart;
  const groups = React.useMemo(
    () => groupKeys(comparison.candidates),
    [comparison.candidates]
  );
  const metrics = dimensions.filter(
    dimension => isMetric(dimension) && !dimension.categories
  );
  const withBars = metrics.length > 0;
  const withBoxes = withBars && groups.length > 0;
  const { columns, height } = relationLayout(
    width,
    1 + (withBars ? 1 : 0) + (withBoxes ? 1 : 0)
  );
  const relation = { ...props, items: chart.shownItems, height };
  const ofMetrics = { dimensions: metrics, others: others.filter(isMetric) };
  return (
    <section aria-label={trans.__('Relations')}>
      <ParallelCard
        {...props}
        items={items}
        dimensions={dimensions}
        others={others}
        height={parallelHeight(width)}
      />
      <div
        className="jp-mlops-Charts-relations"
        data-columns={columns}
        style={columnsOf(columns)}
      >
        <ScatterCard {...relation} dimensions={dimensions} others={others} />
        {withBars && <BarsCard {...relation} {...ofMetrics} />}
        {withBoxes && (
          <BoxesCard {...relation} {...ofMetrics} groupKeys={groups} />
        )}
      </div>
    </section>
  );
}
