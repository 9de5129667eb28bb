/** Candidates → ECharts options for bars of one value: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import { axisOption, baseOption, colourOf, tickText } from './base';
import { cardOf } from './card';
import { placeOf, sortedBy } from './dimensions';
import type { IChartTheme } from './theme';
import type { IDimension, IItem } from './types';
import { formatNumber } from '../format';

/** One bar a candidate, the largest first; the baseline as a line. */
export function barsOption(options: {
  items: readonly IItem[];
  dimension: IDimension;
  baseline: { id: string; label: string } | null;
  theme: IChartTheme;
}): EChartsCoreOption {
  const { dimension, theme } = options;
  const items = sortedBy(options.items, dimension).reverse();
  const base = options.items.find(item => item.id === options.baseline?.id);
  const level = base ? placeOf(base, dimension) : null;
  return {
    ...baseOption(theme),
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'item',
      formatter: (param: { dataIndex: number }) =>
        cardOf(items[param.dataIndex], [dimension])
    },
    grid: { left: 8, right: 64, top: 20, bottom: 8, containLabel: true },
    xAxis: axisOption(theme, {
      type: 'value',
      axisLabel: { color: theme.muted, formatter: tickText, hideOverlap: true }
    }),
    yAxis: axisOption(theme, {
      type: 'category',
      data: items.map(item => item.name),
      axisLabel: { color: theme.text, width: 150, overflow: 'truncate' },
      splitLine: { show: false }
    }),
    series: [
      {
        type: 'bar',
        id: 'candidates',
        barMaxWidth: 16,
        label: {
          show: true,
          position: 'right',
          color: theme.text,
          formatter: (param: { value: number }) => formatNumber(param.value)
        },
        data: items.map(item => ({
          id: item.id,
          value: placeOf(item, dimension),
          itemStyle: { color: colourOf(item.style, theme), borderRadius: 2 }
        })),
        ...(level !== null && options.baseline
          ? {
              markLine: {
                silent: true,
                symbol: 'none',
                lineStyle: { color: theme.text, type: 'dashed', width: 1 },
                label: {
                  formatter: options.baseline.label,
                  color: theme.muted,
                  position: 'end'
                },
                data: [{ xAxis: level }]
              }
            }
          : {})
      }
    ]
  };
}
