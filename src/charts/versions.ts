/** A metric over the versions of a model → ECharts options: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import { axisOption, baseOption, escapeHtml, pointerOption } from './base';
import type { IChartTheme } from './theme';
import type { ITable } from './types';
import { formatNumber } from '../format';

/** A metric of one version; null: it was not measured. */
export interface IVersionPoint {
  version: string;
  value: number | null;
}

/** A line over the versions in order; the shown version stands out. */
export function versionsOption(options: {
  points: readonly IVersionPoint[];
  /** The version that is shown. */
  current: string;
  metric: string;
  theme: IChartTheme;
}): EChartsCoreOption {
  const { points, current, metric, theme } = options;
  return {
    ...baseOption(theme),
    grid: { left: 52, right: 16, top: 16, bottom: 28 },
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'axis',
      axisPointer: pointerOption(theme),
      formatter: (items: { dataIndex: number }[]) => {
        const { version, value } = points[items[0].dataIndex];
        return `${escapeHtml(version)}<br>${escapeHtml(metric)} <b>${formatNumber(value)}</b>`;
      }
    },
    xAxis: axisOption(theme, {
      type: 'category',
      data: points.map(({ version }) => version)
    }),
    yAxis: axisOption(theme, { type: 'value', scale: true }),
    series: [
      {
        type: 'line',
        id: metric,
        connectNulls: true,
        lineStyle: { color: theme.accent, width: 1.6 },
        data: points.map(({ version, value }) => ({
          value: value !== null && Number.isFinite(value) ? value : '-',
          symbol: version === current ? 'diamond' : 'circle',
          symbolSize: version === current ? 12 : 7,
          itemStyle: { color: theme.accent }
        }))
      }
    ]
  };
}

/** The same as rows. */
export function versionsTable(
  points: readonly IVersionPoint[],
  metric: string,
  version: string
): ITable {
  return {
    columns: [
      { label: version, numeric: false },
      { label: metric, numeric: true }
    ],
    rows: points.map(point => [point.version, point.value])
  };
}
