/** Curves as numbers: x values, smoothing, stretches and bands. Pure. */
import type { IPoint, IRange, ISeries, XAxis } from './types';

/** Where a point is on the x axis: its step, seconds since `start` (ms), or its time (ms). */
export function xOf(point: IPoint, axis: XAxis, start: number): number {
  switch (axis) {
    case 'step':
      return point.step;
    case 'relative':
      return (point.time - start) / 1000;
    case 'wall':
      return point.time;
  }
}

/** When a series began: its earliest time (ms). */
export function startOf(points: readonly IPoint[]): number {
  return points.reduce(
    (start, point) => Math.min(start, point.time),
    points.length ? Infinity : 0
  );
}

/**
 * An exponential moving average without bias towards zero at the beginning.
 *
 * @param values - in order; those that are not finite stay and are skipped.
 * @param weight - 0: as it is; near 1: very smooth.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  if (weight <= 0) {
    return [...values];
  }
  let average = 0;
  let total = 0;
  return values.map(value => {
    if (!Number.isFinite(value)) {
      return value;
    }
    average = weight * average + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return average / total;
  });
}

/**
 * The steps that a stretch of the x axis covers, over all series, with one
 * point more at each side so that lines run to the edge; null: none.
 */
export function stepsWithin(
  series: readonly ISeries[],
  axis: XAxis,
  range: IRange
): IRange | null {
  let from = Infinity;
  let to = -Infinity;
  for (const { points } of series) {
    const start = startOf(points);
    const inside = points.findIndex(
      point => xOf(point, axis, start) >= range.from
    );
    if (inside < 0) {
      continue;
    }
    let last = points.length - 1;
    while (last > inside && xOf(points[last], axis, start) > range.to) {
      last -= 1;
    }
    from = Math.min(from, points[Math.max(0, inside - 1)].step);
    to = Math.max(to, points[Math.min(points.length - 1, last + 1)].step);
  }
  return from <= to ? { from, to } : null;
}

/** A mean with its spread at one x. */
export interface IBandPoint {
  x: number;
  mean: number;
  /** Standard deviation of the sample; 0 when there is one curve. */
  sd: number;
  count: number;
}

/**
 * Mean and standard deviation of several curves over a common grid. Between its
 * points a curve is a straight line; outside its range it takes no part.
 */
export function bandOf(
  series: readonly ISeries[],
  axis: XAxis,
  places = 160
): IBandPoint[] {
  const curves = series
    .map(({ points }) => {
      const start = startOf(points);
      return points
        .filter(point => Number.isFinite(point.value))
        .map((point): [number, number] => [
          xOf(point, axis, start),
          point.value
        ])
        .sort((a, b) => a[0] - b[0]);
    })
    .filter(curve => curve.length);
  const band: IBandPoint[] = [];
  for (const x of gridOf(curves, places)) {
    const values = curves
      .map(curve => at(curve, x))
      .filter((value): value is number => value !== null);
    if (!values.length) {
      continue;
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
    band.push({ x, mean, sd, count: values.length });
  }
  return band;
}

/** The x of all curves, or evenly spaced ones when there are more than `places`. */
function gridOf(curves: [number, number][][], places: number): number[] {
  const all = new Set<number>();
  for (const curve of curves) {
    for (const [x] of curve) {
      all.add(x);
    }
  }
  const sorted = [...all].sort((a, b) => a - b);
  if (sorted.length <= places) {
    return sorted;
  }
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return Array.from(
    { length: places },
    (_, index) => low + ((high - low) * index) / (places - 1)
  );
}

/** The value of a curve at `x`, or null outside of it. */
function at(curve: [number, number][], x: number): number | null {
  if (x < curve[0][0] || x > curve[curve.length - 1][0]) {
    return null;
  }
  let low = 0;
  let high = curve.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (curve[middle][0] <= x) {
      low = middle;
    } else {
      high = middle;
    }
  }
  const [x0, y0] = curve[low];
  const [x1, y1] = curve[high];
  return x1 === x0 || x === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
