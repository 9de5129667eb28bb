/** Candidates → ECharts options for parallel coordinates: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import { baseOption, colourOf, markOf, tickText } from './base';
import { cardOf } from './card';
import { placeOf } from './dimensions';
import { SCALE } from './styles';
import type { IChartTheme } from './theme';
import type { IDimension, IItem } from './types';

/** How much is seen of a candidate outside the selection. */
const FADED = 0.06;
/** Pixels around the axes of parallel coordinates. */
const PARALLEL = { left: 56, right: 72, top: 44, bottom: 18 };

/**
 * One line a candidate across the axes of all dimensions. Lines in the colours
 * of candidates have their dashes too, and their markers where they end.
 */
export function parallelOption(options: {
  items: readonly IItem[];
  dimensions: readonly IDimension[];
  theme: IChartTheme;
  /** Key of the dimension that colours the lines; null: the candidate's colour. */
  colourBy: string | null;
  /** Ids of those inside what is selected on the axes; absent or null: nothing is. */
  inside?: ReadonlySet<string> | null;
}): EChartsCoreOption {
  const { items, dimensions, theme, inside = null } = options;
  const colouring = dimensions.findIndex(({ key }) => key === options.colourBy);
  return {
    ...baseOption(theme),
    parallel: PARALLEL,
    parallelAxis: dimensions.map((dimension, dim) =>
      axisOf(dimension, dim, dimensions.length, theme)
    ),
    ...(colouring >= 0
      ? {
          visualMap: colourScale(items, dimensions[colouring], colouring, theme)
        }
      : {}),
    ...(colouring < 0 ? endAxes(dimensions[dimensions.length - 1]) : {}),
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'item',
      formatter: (param: { dataIndex: number }) =>
        cardOf(items[param.dataIndex], dimensions)
    },
    series: [
      {
        type: 'parallel',
        id: 'candidates',
        smooth: 0.1,
        inactiveOpacity: FADED,
        activeOpacity: 0.95,
        lineStyle: { width: 1.8, opacity: items.length > 60 ? 0.45 : 0.8 },
        emphasis: { lineStyle: { width: 3.4, opacity: 1 } },
        data: items.map(item => ({
          name: item.name,
          value: dimensions.map(dimension => {
            const place = placeOf(item, dimension);
            return place === null ? '-' : place;
          }),
          ...(colouring < 0
            ? {
                lineStyle: {
                  color: colourOf(item.style, theme),
                  type: item.style.dash.length ? [...item.style.dash] : 'solid'
                }
              }
            : {})
        }))
      },
      ...(colouring < 0
        ? [endMarkers(items, dimensions[dimensions.length - 1], theme, inside)]
        : [])
    ]
  };
}

/** One of so many axes. */
function axisOf(
  dimension: IDimension,
  dim: number,
  count: number,
  theme: IChartTheme
): Record<string, unknown> {
  return {
    dim,
    id: dimension.key,
    realtime: false,
    name: short(dimension.label),
    nameTextStyle: { color: theme.text, fontSize: 11 },
    nameRotate: count > 8 ? 18 : 0,
    nameGap: 14,
    axisLine: { lineStyle: { color: theme.muted, width: 1.2 } },
    axisTick: { show: false },
    axisLabel: {
      color: theme.text,
      // Lines cross the labels: a rim keeps them readable.
      textBorderColor: theme.background,
      textBorderWidth: 3,
      formatter: ticksOf(dimension)
    },
    areaSelectStyle: {
      width: 22,
      borderWidth: 1,
      borderColor: theme.accent,
      color: theme.accent,
      opacity: theme.dark ? 0.32 : 0.22
    },
    ...placesOf(dimension)
  };
}

/** An axis of places. Words have numbers too, with ticks between them: an axis of words would show selections of whole ones only. */
function placesOf({ categories }: IDimension): Record<string, unknown> {
  return categories
    ? { type: 'value', min: -0.5, max: categories.length - 0.5, interval: 0.5 }
    : { type: 'value', scale: true };
}

function ticksOf({ categories }: IDimension): (place: number) => string {
  return categories ? place => categories[place] ?? '' : tickText;
}

/** Axes without a look along the last parallel axis, for {@link endMarkers}. */
function endAxes(last: IDimension | undefined): Record<string, unknown> {
  const width = 20;
  const { right, top, bottom } = PARALLEL;
  return {
    grid: { right: right - width / 2, width, top, bottom },
    xAxis: { show: false, type: 'value', min: -1, max: 1 },
    yAxis: {
      show: false,
      // As the parallel axis, so that the same value has the same height.
      ...(last && placesOf(last))
    }
  };
}

/** The markers of candidates where their lines end: parallel coordinates have none. */
function endMarkers(
  items: readonly IItem[],
  last: IDimension | undefined,
  theme: IChartTheme,
  inside: ReadonlySet<string> | null
): Record<string, unknown> {
  return {
    type: 'scatter',
    id: 'ends',
    silent: true,
    symbolSize: 9,
    // Above the rectangle of a selection.
    z: 10_001,
    data: items.map(item => {
      const place = last ? placeOf(item, last) : null;
      const { symbol, itemStyle } = markOf(item.style, theme);
      const faded = inside !== null && !inside.has(item.id);
      return {
        value: [0, place === null ? '-' : place],
        symbol,
        itemStyle: faded ? { ...itemStyle, opacity: FADED } : itemStyle
      };
    })
  };
}

/** Lines in the colours of their values of a dimension. */
function colourScale(
  items: readonly IItem[],
  dimension: IDimension,
  index: number,
  theme: IChartTheme
): Record<string, unknown> {
  const places = items
    .map(item => placeOf(item, dimension))
    .filter((place): place is number => place !== null);
  return {
    show: false,
    dimension: index,
    min: Math.min(...places),
    max: Math.max(...places),
    inRange: {
      color: [...(theme.dark ? SCALE.dark : SCALE.light)]
    }
  };
}

function short(text: string): string {
  return text.length > 20 ? `${text.slice(0, 19)}…` : text;
}
