/** Metrics → ECharts options of their curves: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import {
  axisOption,
  baseOption,
  colourOf,
  escapeHtml,
  markOf,
  pointerOption,
  tickText
} from './base';
import { smooth, startOf, xOf } from './curves';
import type { ISeriesStyle } from './styles';
import type { IChartTheme } from './theme';
import type { IPoint, IRange, ISeries, XAxis } from './types';
import { formatDuration, formatNumber } from '../format';

/** How curves are drawn. */
export interface ICurveChoices {
  axis: XAxis;
  logX: boolean;
  logY: boolean;
  /** Weight of the moving average, 0 (none) to 0.99. */
  smoothing: number;
}

const CROSS = 'path://M0 0L10 10M10 0L0 10';
const ARROW_UP = 'path://M5 0L10 10L0 10Z';
const ARROW_DOWN = 'path://M0 0L10 0L5 10Z';

/** Rows of a tooltip; the rest is counted. */
const MOST_ROWS = 12;
/** Markers on one curve. */
const MARKERS = 6;

/** A place on an x axis in words. */
export function xText(x: number, axis: XAxis): string {
  switch (axis) {
    case 'step':
      return formatNumber(x);
    case 'relative':
      return formatDuration(x);
    case 'wall':
      return new Date(x).toLocaleString();
  }
}

/** How many points a logarithmic axis cannot show. */
export function lostToLog(
  series: readonly ISeries[],
  choices: ICurveChoices
): number {
  let lost = 0;
  for (const { points } of series) {
    const start = startOf(points);
    for (const point of points) {
      const { value } = point;
      if (
        Number.isFinite(value) &&
        ((choices.logY && value <= 0) ||
          (choices.logX && xOf(point, choices.axis, start) <= 0))
      ) {
        lost += 1;
      }
    }
  }
  return lost;
}

/** Curves of one metric: smooth lines over faint raw ones, sparse markers, signs where a value is not finite. */
export function curvesOption(options: {
  series: readonly ISeries[];
  choices: ICurveChoices;
  theme: IChartTheme;
  /** The stretch of x that is shown; null: all. */
  range: IRange | null;
  xName: string;
  /** Says how many rows of a tooltip are left out. */
  more: (count: number) => string;
}): EChartsCoreOption {
  const { series, choices, theme, range } = options;
  const lines: Record<string, unknown>[] = [];
  const markers: Record<string, unknown>[] = [];
  const signs: Record<string, unknown>[] = [];
  for (const one of series) {
    const colour = colourOf(one.style, theme);
    const curve = drawn(one.points, choices);
    const raw = choices.smoothing > 0;
    if (raw) {
      lines.push(
        lineOf(`${one.id}:raw`, curve.raw, {
          silent: true,
          z: 1,
          lineStyle: { color: colour, width: 1, opacity: 0.28 },
          emphasis: { disabled: true },
          tooltip: { show: false }
        })
      );
    }
    lines.push(
      lineOf(one.id, curve.shown, {
        name: one.name,
        z: 3,
        showSymbol: curve.shown.length === 1,
        ...markOf(one.style, theme),
        symbolSize: 8,
        lineStyle: { color: colour, width: 1.6, type: dashOf(one.style) },
        emphasis: { focus: 'series', lineStyle: { width: 3 } },
        blur: { lineStyle: { opacity: 0.15 } }
      })
    );
    markers.push(
      ...sparse(curve.shown, MARKERS).map(value => ({
        value,
        ...markOf(one.style, theme)
      }))
    );
    signs.push(
      ...curve.signs.map(({ x, y, value }) => ({
        value: [x, y],
        name: `${one.name}: ${formatNumber(value)}`,
        symbol: Number.isNaN(value) ? CROSS : value > 0 ? ARROW_UP : ARROW_DOWN,
        itemStyle: { color: colour, borderColor: colour, borderWidth: 2 }
      }))
    );
  }
  return {
    ...baseOption(theme),
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'axis',
      axisPointer: pointerOption(theme),
      formatter: (items: ITooltipItem[]) =>
        tooltipOf(items, series, choices, theme, options.more)
    },
    xAxis: xAxisOption(options.xName, choices, theme, range),
    yAxis: yAxisOption(choices, theme),
    series: [
      ...lines,
      scatterOf('markers', markers, { symbolSize: 7, z: 4 }),
      scatterOf('signs', signs, { symbolSize: 9, z: 5 })
    ]
  };
}

/** What we use of ECharts' parameters of a tooltip. */
export interface ITooltipItem {
  seriesId: string;
  seriesName: string;
  seriesType: string;
  value: number[];
  marker: string;
  name: string;
}

interface IDrawn {
  raw: (number | null)[][];
  shown: (number | null)[][];
  signs: { x: number; y: number; value: number }[];
}

/** Points as they are drawn: gaps and signs where a value is not finite. */
function drawn(points: readonly IPoint[], choices: ICurveChoices): IDrawn {
  const start = startOf(points);
  const smoothed = smooth(
    points.map(point => point.value),
    choices.smoothing
  );
  const result: IDrawn = { raw: [], shown: [], signs: [] };
  let last: number | null =
    smoothed.find(
      value => Number.isFinite(value) && (!choices.logY || value > 0)
    ) ?? null;
  points.forEach((point, index) => {
    const x = xOf(point, choices.axis, start);
    if (choices.logX && x <= 0) {
      return;
    }
    const value = smoothed[index];
    if (!Number.isFinite(value)) {
      result.raw.push([x, null]);
      result.shown.push([x, null]);
      result.signs.push({ x, y: last ?? (choices.logY ? 1 : 0), value });
      return;
    }
    const fits = (y: number) => !choices.logY || y > 0;
    result.raw.push([x, fits(point.value) ? point.value : null]);
    result.shown.push([x, fits(value) ? value : null]);
    last = fits(value) ? value : last;
  });
  return result;
}

/** About `count` of the points, spread over the curve. */
function sparse(
  points: (number | null)[][],
  count: number
): (number | null)[][] {
  const there = points.filter(point => point[1] !== null);
  if (there.length <= 1) {
    return [];
  }
  const gap = Math.max(1, Math.floor(there.length / count));
  return there.filter((_, index) => index % gap === Math.floor(gap / 2));
}

/** A dash for ECharts. */
export function dashOf(style: ISeriesStyle): 'solid' | number[] {
  return style.dash.length ? [...style.dash] : 'solid';
}

export function lineOf(
  id: string,
  data: (number | null)[][],
  change: Record<string, unknown>
): Record<string, unknown> {
  return { type: 'line', id, data, showSymbol: false, ...change };
}

function scatterOf(
  id: string,
  data: Record<string, unknown>[],
  change: Record<string, unknown>
): Record<string, unknown> {
  return {
    type: 'scatter',
    id,
    data,
    silent: true,
    tooltip: { show: false },
    ...change
  };
}

export function xAxisOption(
  name: string,
  choices: ICurveChoices,
  theme: IChartTheme,
  range: IRange | null
): Record<string, unknown> {
  return axisOption(theme, {
    type: choices.logX ? 'log' : choices.axis === 'wall' ? 'time' : 'value',
    name,
    nameGap: 24,
    min: range?.from ?? 'dataMin',
    max: range?.to ?? 'dataMax',
    splitLine: { show: false },
    axisLabel: {
      color: theme.muted,
      hideOverlap: true,
      ...(choices.axis === 'wall' && !choices.logX
        ? {}
        : {
            formatter: (value: number) =>
              choices.axis === 'relative' ? clock(value) : tickText(value)
          })
    }
  });
}

/** Seconds on an axis: `40 s`, `5 min`, `2 h`. */
function clock(seconds: number): string {
  if (seconds < 120) {
    return `${tickText(seconds)} s`;
  }
  return seconds < 7200
    ? `${tickText(Number((seconds / 60).toFixed(1)))} min`
    : `${tickText(Number((seconds / 3600).toFixed(1)))} h`;
}

export function yAxisOption(
  choices: ICurveChoices,
  theme: IChartTheme
): Record<string, unknown> {
  return axisOption(theme, {
    type: choices.logY ? 'log' : 'value',
    scale: true,
    axisLabel: { color: theme.muted, formatter: tickText }
  });
}

function tooltipOf(
  items: ITooltipItem[],
  series: readonly ISeries[],
  choices: ICurveChoices,
  theme: IChartTheme,
  more: (count: number) => string
): string {
  const byId = new Map(series.map(one => [one.id, one]));
  const shown = items
    .filter(
      item => byId.has(item.seriesId) && typeof item.value[1] === 'number'
    )
    .sort((a, b) => b.value[1] - a.value[1]);
  if (!shown.length) {
    return '';
  }
  const rows = shown.map(item => {
    const one = byId.get(item.seriesId) as ISeries;
    const text = formatNumber(item.value[1]);
    return row(colourOf(one.style, theme), item.seriesName, text);
  });
  const rest = rows.length - MOST_ROWS;
  if (rest > 0) {
    // The highest and the lowest: one of them is what is looked for.
    const note = `<div>${escapeHtml(more(rest))}</div>`;
    rows.splice(MOST_ROWS / 2, rest, note);
  }
  const head = escapeHtml(xText(shown[0].value[0], choices.axis));
  return `<div><b>${head}</b></div>${rows.join('')}`;
}

/** A row of a tooltip: swatch, name, value. */
function row(colour: string, name: string, value: string): string {
  return (
    '<div style="display:flex;gap:6px;align-items:center">' +
    `<span style="flex:none;width:10px;height:3px;background:${colour}"></span>` +
    '<span style="flex:1;max-width:260px;overflow:hidden;text-overflow:ellipsis">' +
    `${escapeHtml(name)}</span><b>${escapeHtml(value)}</b></div>`
  );
}
