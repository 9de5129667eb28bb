/** Metrics → ECharts options for curves and bands: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import type { IBandPoint } from './curves';
import { smooth, startOf, xOf } from './curves';
import type { ISeriesStyle, Marker } from './styles';
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

/** ECharts' names of our markers; a ring is a circle with a hole in the background's colour. */
const SYMBOLS: Readonly<Record<Marker, string>> = {
  circle: 'circle',
  rect: 'rect',
  triangle: 'triangle',
  diamond: 'diamond',
  ring: 'circle'
};

const CROSS = 'path://M0 0L10 10M10 0L0 10';
const ARROW_UP = 'path://M5 0L10 10L0 10Z';
const ARROW_DOWN = 'path://M0 0L10 0L5 10Z';

/** Rows of a tooltip; the rest is counted. */
const MOST_ROWS = 12;
/** Markers on one curve. */
const MARKERS = 6;

/** The marker of a style in a theme. */
export function markOf(
  style: ISeriesStyle,
  theme: IChartTheme
): { symbol: string; itemStyle: Record<string, unknown> } {
  const colour = colourOf(style, theme);
  return {
    symbol: SYMBOLS[style.marker],
    itemStyle:
      style.marker === 'ring'
        ? { color: theme.background, borderColor: colour, borderWidth: 1.8 }
        : { color: colour, opacity: 1 }
  };
}

/** The colour of a style in a theme. */
export function colourOf(style: ISeriesStyle, theme: IChartTheme): string {
  return theme.colours[style.colour % theme.colours.length];
}

/** Text that may hold anything, for ECharts' tooltips. */
export function escapeHtml(text: string): string {
  const words: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;'
  };
  return text.replace(/[&<>"']/g, character => words[character]);
}

/** What all charts share: type, colours, no animation. */
export function baseOption(theme: IChartTheme): EChartsCoreOption {
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: theme.font, color: theme.text, fontSize: 11 },
    grid: { left: 8, right: 18, top: 14, bottom: 24, containLabel: true },
    tooltip: {
      confine: true,
      transitionDuration: 0,
      backgroundColor: theme.background,
      borderColor: theme.line,
      textStyle: { color: theme.text, fontSize: 11, fontFamily: theme.font }
    }
  };
}

/** An axis in the theme's colours. */
export function axisOption(
  theme: IChartTheme,
  change: Record<string, unknown>
): Record<string, unknown> {
  return {
    nameTextStyle: { color: theme.muted, fontSize: 11 },
    nameLocation: 'middle',
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: { color: theme.muted, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.line, opacity: 0.55 } },
    ...change
  };
}

/** The line through all curves under the pointer; curves are not made bold by it. */
function pointerOption(theme: IChartTheme): Record<string, unknown> {
  return {
    type: 'line',
    triggerEmphasis: false,
    lineStyle: { color: theme.muted }
  };
}

/** Numbers on an axis, short. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4 || (size !== 0 && size < 1e-3)) {
    return value
      .toExponential(1)
      .replace('.0', '')
      .replace('e+', 'e')
      .replace(/-/g, '−');
  }
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

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

/** What we use of ECharts' parameters of a tooltip. */
interface ITooltipItem {
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
function dashOf(style: ISeriesStyle): 'solid' | number[] {
  return style.dash.length ? [...style.dash] : 'solid';
}

function lineOf(
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

function xAxisOption(
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

function yAxisOption(
  choices: ICurveChoices,
  theme: IChartTheme
): Record<string, unknown> {
  return axisOption(theme, {
    type: choices.logY ? 'log' : 'value',
    scale: true,
    axisLabel: { color: theme.muted, formatter: tickText }
  });
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

/** A row of a tooltip: swatch, name, value. */
function row(colour: string, name: string, value: string): string {
  return (
    '<div style="display:flex;gap:6px;align-items:center">' +
    `<span style="flex:none;width:10px;height:3px;background:${colour}"></span>` +
    '<span style="flex:1;max-width:260px;overflow:hidden;text-overflow:ellipsis">' +
    `${escapeHtml(name)}</span><b>${escapeHtml(value)}</b></div>`
  );
}
