/** Groups of candidates → ECharts options of boxes: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import { axisOption, baseOption, escapeHtml, markOf, tickText } from './base';
import { cardOf } from './card';
import { placeOf } from './dimensions';
import type { IChartTheme } from './theme';
import type { IDimension, IItem, ITable } from './types';
import { formatNumber } from '../format';

/** Candidates with a common value. */
export interface IItemGroup {
  name: string;
  items: readonly IItem[];
}

/** How the values of a group lie; a value beyond the whiskers is an outlier. */
export interface IBox {
  /** The least and the greatest value within 1.5 interquartile ranges of the box (Tukey's whiskers). */
  low: number;
  high: number;
  /** Quartiles, between values by straight lines. */
  lower: number;
  median: number;
  upper: number;
  count: number;
}

/** Half the width of a box, as a share of its group's room. */
const HALF = 0.32;
/** Candidates side by side within a box. */
const ABREAST = 5;

/** How finite values lie; null: there are none. */
export function boxOf(values: readonly number[]): IBox | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) {
    return null;
  }
  const [lower, median, upper] = [0.25, 0.5, 0.75].map(share =>
    quantile(sorted, share)
  );
  const reach = 1.5 * (upper - lower);
  const within = sorted.filter(
    value => lower - reach <= value && value <= upper + reach
  );
  return {
    low: within[0],
    high: within[within.length - 1],
    lower,
    median,
    upper,
    count: sorted.length
  };
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** A metric's values as one box a group, with every candidate as its mark. */
export function boxesOption(options: {
  groups: readonly IItemGroup[];
  /** What the groups have in common. */
  by: string;
  dimension: IDimension;
  theme: IChartTheme;
}): EChartsCoreOption {
  const { groups, dimension, theme } = options;
  const boxes = groups.map(({ items }) => boxOf(valuesOf(items, dimension)));
  const marks = groups.flatMap(({ items }, index) =>
    items
      .filter(item => placeOf(item, dimension) !== null)
      .map((item, at) => ({
        item,
        place: [index + beside(at), placeOf(item, dimension)]
      }))
  );
  return {
    ...baseOption(theme),
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'item',
      formatter: (param: { seriesId: string; dataIndex: number }) =>
        param.seriesId === 'candidates'
          ? cardOf(marks[param.dataIndex]?.item, [dimension])
          : boxCard(groups[param.dataIndex].name, boxes[param.dataIndex])
    },
    grid: { left: 8, right: 24, top: 32, bottom: 24, containLabel: true },
    xAxis: axisOption(theme, {
      type: 'value',
      name: options.by,
      nameGap: 24,
      min: -0.5,
      max: groups.length - 0.5,
      interval: 0.5,
      splitLine: { show: false },
      axisLabel: {
        color: theme.muted,
        hideOverlap: true,
        formatter: (place: number) => groups[place]?.name ?? ''
      }
    }),
    yAxis: axisOption(theme, {
      type: 'value',
      scale: true,
      // At the left edge, not where the first group is.
      axisLine: { onZero: false, show: false },
      name: dimension.label,
      nameLocation: 'end',
      nameTextStyle: { color: theme.muted, fontSize: 11, align: 'left' },
      axisLabel: { color: theme.muted, formatter: tickText, hideOverlap: true }
    }),
    series: [
      {
        type: 'custom',
        id: 'boxes',
        data: boxes.map((box, index) =>
          box
            ? [index, box.low, box.lower, box.median, box.upper, box.high]
            : [index]
        ),
        encode: { x: 0, y: [1, 2, 3, 4, 5] },
        renderItem: boxShape(boxes, theme)
      },
      {
        type: 'scatter',
        id: 'candidates',
        symbolSize: marks.length > 150 ? 5 : 8,
        emphasis: { scale: 1.5 },
        data: marks.map(({ item, place }) => ({
          id: item.id,
          name: item.name,
          value: place,
          ...markOf(item.style, theme)
        }))
      }
    ]
  };
}

/** One row a group: how many it has and where its values lie. */
export function boxesTable(
  groups: readonly IItemGroup[],
  dimension: IDimension,
  words: Record<
    'group' | 'count' | 'low' | 'lower' | 'median' | 'upper' | 'high',
    string
  >
): ITable {
  const numbers = ['count', 'low', 'lower', 'median', 'upper', 'high'] as const;
  return {
    columns: [
      { label: words.group, numeric: false },
      ...numbers.map(name => ({ label: words[name], numeric: true }))
    ],
    rows: groups.map(({ name, items }) => {
      const box = boxOf(valuesOf(items, dimension));
      return [name, ...numbers.map(number => box?.[number] ?? null)];
    })
  };
}

function valuesOf(items: readonly IItem[], dimension: IDimension): number[] {
  return items
    .map(item => placeOf(item, dimension))
    .filter((place): place is number => place !== null);
}

/** How far beside the middle a mark is put, so that equal values are told apart. */
function beside(at: number): number {
  const step = (at % ABREAST) - (ABREAST - 1) / 2;
  return (step / ABREAST) * HALF;
}

interface IShapeApi {
  coord: (place: number[]) => number[];
}

/** A box with its median and whiskers. */
function boxShape(boxes: readonly (IBox | null)[], theme: IChartTheme) {
  return ({ dataIndex }: { dataIndex: number }, api: IShapeApi) => {
    const box = boxes[dataIndex];
    if (!box) {
      return undefined;
    }
    const at = (beside: number, value: number) =>
      api.coord([dataIndex + beside, value]);
    const line = (from: number[], to: number[], width: number) => ({
      type: 'line',
      shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
      style: { stroke: theme.text, lineWidth: width }
    });
    const [left, top] = at(-HALF, box.upper);
    const [right, bottom] = at(HALF, box.lower);
    const whisker = (value: number, edge: number) => [
      line(at(0, edge), at(0, value), 1),
      line(at(-HALF / 3, value), at(HALF / 3, value), 1)
    ];
    return {
      type: 'group',
      children: [
        {
          type: 'rect',
          shape: {
            x: left,
            y: top,
            width: right - left,
            height: Math.max(1, bottom - top)
          },
          style: { fill: theme.accentSoft, stroke: theme.muted, lineWidth: 1 }
        },
        line(at(-HALF, box.median), at(HALF, box.median), 2),
        ...whisker(box.high, box.upper),
        ...whisker(box.low, box.lower)
      ]
    };
  };
}

function boxCard(name: string, box: IBox | null): string {
  if (!box) {
    return escapeHtml(name);
  }
  const { low, lower, median, upper, high, count } = box;
  const [most, few] = [formatNumber(high), formatNumber(low)];
  return [
    `<div><b>${escapeHtml(name)}</b> (${count})</div>`,
    `<div>${few} – <b>${formatNumber(median)}</b> – ${most}</div>`,
    `<div>[${formatNumber(lower)}, ${formatNumber(upper)}]</div>`
  ].join('');
}
