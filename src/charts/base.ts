/** What all charts share: type, colours, axes, safe text. Pure. */
import type { EChartsCoreOption } from 'echarts/core';

import type { ISeriesStyle, Marker } from './styles';
import type { IChartTheme } from './theme';

/** ECharts' names of our markers; a ring is a circle with a hole in the background's colour. */
const SYMBOLS: Readonly<Record<Marker, string>> = {
  circle: 'circle',
  rect: 'rect',
  triangle: 'triangle',
  diamond: 'diamond',
  ring: 'circle'
};

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
export function pointerOption(theme: IChartTheme): Record<string, unknown> {
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
