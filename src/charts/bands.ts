/** Groups of curves → ECharts options of their means and bands: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import {
  baseOption,
  colourOf,
  escapeHtml,
  markOf,
  pointerOption
} from './base';
import type { IBandPoint } from './curves';
import type { ICurveChoices, ITooltipItem } from './options';
import { dashOf, lineOf, xAxisOption, xText, yAxisOption } from './options';
import type { ISeriesStyle } from './styles';
import type { IChartTheme } from './theme';
import type { IRange } from './types';
import { formatNumber } from '../format';

/** Means of groups of curves, each with a band of one standard deviation. */
export function bandsOption(options: {
  groups: readonly {
    name: string;
    style: ISeriesStyle;
    points: readonly IBandPoint[];
  }[];
  choices: ICurveChoices;
  theme: IChartTheme;
  range: IRange | null;
  xName: string;
}): EChartsCoreOption {
  const { groups, choices, theme, range } = options;
  return {
    ...baseOption(theme),
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'axis',
      axisPointer: pointerOption(theme),
      formatter: (items: ITooltipItem[]) => bandTooltip(items, choices)
    },
    xAxis: xAxisOption(options.xName, choices, theme, range),
    yAxis: yAxisOption(choices, theme),
    series: groups.flatMap((group, index) => {
      const colour = colourOf(group.style, theme);
      const points = edgesOf(group.points, choices);
      return [
        {
          type: 'custom',
          id: `band:${index}`,
          silent: true,
          clip: true,
          z: 1,
          // One item that draws all: `encode` lets the axes see both edges.
          data: points.map(({ x, low, high }) => [x, low, high]),
          encode: { x: 0, y: [1, 2] },
          tooltip: { show: false },
          renderItem: bandShape(points, colour)
        },
        lineOf(
          `mean:${index}`,
          points.map(({ x, mean, sd, count }) => [x, mean, sd, count]),
          {
            name: group.name,
            z: 3,
            showSymbol: points.length === 1,
            ...markOf(group.style, theme),
            lineStyle: { color: colour, width: 2, type: dashOf(group.style) },
            emphasis: { focus: 'series' }
          }
        )
      ];
    })
  };
}

interface IEdges extends IBandPoint {
  low: number;
  high: number;
}

/** A band's edges; on a logarithmic axis the lower one stays above zero. */
function edgesOf(
  points: readonly IBandPoint[],
  choices: ICurveChoices
): IEdges[] {
  const shown = points.filter(
    ({ x, mean }) => (!choices.logX || x > 0) && (!choices.logY || mean > 0)
  );
  const floor = choices.logY
    ? Math.min(...shown.map(({ mean }) => mean)) / 10
    : -Infinity;
  return shown.map(point => ({
    ...point,
    low: Math.max(point.mean - point.sd, floor),
    high: point.mean + point.sd
  }));
}

/** The polygon between the edges of a band, drawn with its first item. */
function bandShape(points: readonly IEdges[], colour: string) {
  return (
    params: { dataIndex: number },
    api: { coord: (value: number[]) => number[] }
  ) => {
    if (params.dataIndex !== 0) {
      return undefined;
    }
    const upper = points.map(({ x, high }) => api.coord([x, high]));
    const lower = points.map(({ x, low }) => api.coord([x, low]));
    return {
      type: 'polygon',
      shape: { points: [...upper, ...lower.reverse()] },
      style: { fill: colour, opacity: 0.16 }
    };
  };
}

function bandTooltip(items: ITooltipItem[], choices: ICurveChoices): string {
  const means = items.filter(item => item.seriesId.startsWith('mean:'));
  if (!means.length) {
    return '';
  }
  return [
    `<div><b>${escapeHtml(xText(means[0].value[0], choices.axis))}</b></div>`,
    ...means.map(item => {
      const [, mean, sd, count] = item.value;
      const text = `${formatNumber(mean)} ± ${formatNumber(sd)} (${count})`;
      return `<div>${item.marker}${escapeHtml(item.seriesName)} <b>${text}</b></div>`;
    })
  ].join('');
}
