/** Candidates → ECharts options over two values: pure. */
import type { EChartsCoreOption } from 'echarts/core';

import { axisOption, baseOption, markOf, tickText } from './base';
import { cardOf } from './card';
import { BANDS, stretchesOf } from './contour';
import { placeOf } from './dimensions';
import { scaleColour } from './styles';
import type { IChartTheme } from './theme';
import type { IDimension, IItem } from './types';

/**
 * One mark a candidate over two dimensions; with a third one, `z`, marks are in
 * the colours of its values, and between them, if asked for, the plane in bands.
 */
export function scatterOption(options: {
  items: readonly IItem[];
  x: IDimension;
  y: IDimension;
  z?: IDimension | null;
  logX: boolean;
  logY: boolean;
  contour?: boolean;
  theme: IChartTheme;
}): EChartsCoreOption {
  const { items, x, y, z = null, logX, logY, theme } = options;
  const positive = (value: number | null, log: boolean) =>
    value !== null && (!log || value > 0);
  const shown = items.filter(
    item =>
      positive(placeOf(item, x), logX) &&
      positive(placeOf(item, y), logY) &&
      (!z || placeOf(item, z) !== null)
  );
  const colour = z ? coloursOf(shown, z, theme) : null;
  return {
    ...baseOption(theme),
    tooltip: {
      ...(baseOption(theme).tooltip as object),
      trigger: 'item',
      formatter: (param: { dataIndex: number }) =>
        cardOf(shown[param.dataIndex], z ? [x, y, z] : [x, y])
    },
    xAxis: dimensionAxis(x, logX, theme, { nameGap: 24 }),
    yAxis: dimensionAxis(y, logY, theme, {
      nameLocation: 'end',
      nameTextStyle: { color: theme.muted, fontSize: 11, align: 'left' }
    }),
    grid: { left: 8, right: 24, top: 32, bottom: 24, containLabel: true },
    series: [
      ...(options.contour && z
        ? [planeOf(shown, { x, y, z, logX, logY }, theme)]
        : []),
      {
        type: 'scatter',
        id: 'candidates',
        symbolSize: shown.length > 150 ? 7 : 12,
        emphasis: { scale: 1.5 },
        data: shown.map(item => {
          const { symbol, itemStyle } = markOf(item.style, theme);
          return {
            id: item.id,
            name: item.name,
            value: [placeOf(item, x), placeOf(item, y)],
            symbol,
            itemStyle: colour
              ? {
                  color: colour(item),
                  borderColor: theme.background,
                  borderWidth: 1
                }
              : itemStyle
          };
        })
      }
    ]
  };
}

/** Whether there is a plane of these dimensions to paint: all are numbers. */
export function isPlane(...dimensions: readonly IDimension[]): boolean {
  return dimensions.every(({ categories }) => !categories);
}

/** The colours of candidates by their values of a dimension. */
function coloursOf(
  items: readonly IItem[],
  dimension: IDimension,
  theme: IChartTheme
): (item: IItem) => string {
  const places = items.map(item => placeOf(item, dimension) ?? NaN);
  const [low, high] = [Math.min(...places), Math.max(...places)];
  return item => {
    const share = ((placeOf(item, dimension) ?? low) - low) / (high - low || 1);
    return scaleColour(share, theme.dark);
  };
}

interface IPlane {
  x: IDimension;
  y: IDimension;
  z: IDimension;
  logX: boolean;
  logY: boolean;
}

/** The plane between candidates in bands of `z`, as one shape behind the marks. */
function planeOf(
  items: readonly IItem[],
  { x, y, z, logX, logY }: IPlane,
  theme: IChartTheme
): Record<string, unknown> {
  const knots = isPlane(x, y, z)
    ? items.map(item => ({
        x: placeOf(item, x) ?? NaN,
        y: placeOf(item, y) ?? NaN,
        value: placeOf(item, z) ?? NaN
      }))
    : [];
  const stretches = stretchesOf(knots, { x: logX, y: logY });
  return {
    type: 'custom',
    id: 'plane',
    silent: true,
    clip: true,
    z: 0,
    tooltip: { show: false },
    data: stretches.length ? [[knots[0].x, knots[0].y]] : [],
    renderItem: (
      _: unknown,
      api: { coord: (place: number[]) => number[] }
    ) => ({
      type: 'group',
      children: stretches.map(stretch => {
        // Whole pixels: no seams between neighbours.
        const [left, bottom] = api
          .coord([stretch.x[0], stretch.y[0]])
          .map(Math.round);
        const [right, top] = api
          .coord([stretch.x[1], stretch.y[1]])
          .map(Math.round);
        return {
          type: 'rect',
          shape: {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top
          },
          style: {
            fill: scaleColour(stretch.band / (BANDS - 1), theme.dark),
            opacity: 0.3
          }
        };
      })
    })
  };
}

function dimensionAxis(
  dimension: IDimension,
  log: boolean,
  theme: IChartTheme,
  change: Record<string, unknown>
): Record<string, unknown> {
  return axisOption(theme, {
    name: dimension.label,
    ...change,
    ...(dimension.categories
      ? { type: 'category', data: [...dimension.categories] }
      : {
          type: log ? 'log' : 'value',
          scale: true,
          axisLabel: {
            color: theme.muted,
            formatter: tickText,
            hideOverlap: true
          }
        })
  });
}
