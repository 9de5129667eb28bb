/**
 * A colour, a dash and a marker for each candidate: pure.
 *
 * The colours are told apart with the common kinds of colour blindness and have
 * a contrast of 3:1 on their background; dash and marker say the same again.
 */

/** How one candidate is drawn, wherever it is drawn. */
export interface ISeriesStyle {
  /** Index into the theme's colours. */
  colour: number;
  /** Lengths of dashes and gaps in pixels; none: a solid line. */
  dash: readonly number[];
  marker: Marker;
}

export type Marker = 'circle' | 'rect' | 'triangle' | 'diamond' | 'ring';

/** Colours on a light background. */
export const LIGHT = [
  '#0072b2',
  '#d55e00',
  '#00896a',
  '#b5488a',
  '#8c6d00',
  '#5b4fc7',
  '#2f8fbf',
  '#5f5f5f'
] as const;

/** The same colours on a dark background. */
export const DARK = [
  '#56b4e9',
  '#ff8f4d',
  '#3fd0a4',
  '#f0a0cc',
  '#e6c229',
  '#a99cff',
  '#9be0ff',
  '#c4c4c4'
] as const;

/** A scale from low to high, even in lightness, so that it reads without colours too. */
export const SCALE = {
  light: ['#4b3f99', '#2372ad', '#1f8f86', '#6fa83a', '#d39c00'],
  dark: ['#8d7cf0', '#5aa9e6', '#4cc9b0', '#a5d65f', '#ffe45c']
} as const;

/** The colour at a share of the scale, 0 (low) to 1 (high). */
export function scaleColour(share: number, dark: boolean): string {
  const scale = dark ? SCALE.dark : SCALE.light;
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = Math.min(Math.floor(place), scale.length - 2);
  const parts = [1, 3, 5].map(at => {
    const [from, to] = [scale[below], scale[below + 1]].map(colour =>
      parseInt(colour.slice(at, at + 2), 16)
    );
    return Math.round(from + (to - from) * (place - below));
  });
  return `rgb(${parts.join(', ')})`;
}

const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2, 2.5],
  [9, 3, 2, 3]
];
const MARKERS: readonly Marker[] = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'ring'
];

/** A small spread number of a text (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** The style with a number: colours change first, then dashes and markers. */
export function styleOf(index: number): ISeriesStyle {
  const round = Math.floor(index / LIGHT.length);
  return {
    colour: index % LIGHT.length,
    dash: DASHES[(index + round) % DASHES.length],
    marker: MARKERS[(index + 2 * round) % MARKERS.length]
  };
}

/**
 * The style of each candidate. A candidate takes the colour that its id asks
 * for unless more others have it than have some other colour: it looks the
 * same in most comparisons, and no colour is used twice before all are used.
 */
export function stylesOf(ids: readonly string[]): Map<string, ISeriesStyle> {
  const used: number[] = LIGHT.map(() => 0);
  const styles = new Map<string, ISeriesStyle>();
  for (const id of ids) {
    const least = Math.min(...used);
    let colour = hash(id) % LIGHT.length;
    while (used[colour] > least) {
      colour = (colour + 1) % LIGHT.length;
    }
    styles.set(id, styleOf(used[colour] * LIGHT.length + colour));
    used[colour] += 1;
  }
  return styles;
}
