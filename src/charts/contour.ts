/** A value over a plane, between the candidates that have it: pure. */

/** Bands of colour between the least and the greatest value. */
export const BANDS = 9;
/** Cells of the plane that the value is reckoned for. */
const ACROSS = 96;
const UP = 64;
/** Candidates nearer than this are where the value is asked for; in shares of the axes, squared. */
const HERE = 1e-18;

/** A candidate on the plane. */
export interface IKnot {
  x: number;
  y: number;
  value: number;
}

/** A stretch of a row of the plane that is in one band. */
export interface IStretch {
  x: [number, number];
  y: [number, number];
  /** From 0, the least values, to {@link BANDS} − 1. */
  band: number;
}

/**
 * The plane in bands of a value that is known at some places: each place takes
 * the mean of the known ones, the nearer the more (weights of the inverse square of the distance, after Shepard).
 *
 * @param log - whether an axis is logarithmic: distances are those that are seen.
 * @returns nothing where the knots span no plane, or all have one value.
 */
export function stretchesOf(
  knots: readonly IKnot[],
  log: { x: boolean; y: boolean }
): IStretch[] {
  const x = axisOf(
    knots.map(knot => knot.x),
    log.x
  );
  const y = axisOf(
    knots.map(knot => knot.y),
    log.y
  );
  const values = knots.map(knot => knot.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!x || !y || !(high > low)) {
    return [];
  }
  const places = knots.map(knot => ({
    x: x.share(knot.x),
    y: y.share(knot.y),
    value: knot.value
  }));
  const found: IStretch[] = [];
  for (let row = 0; row < UP; row += 1) {
    const edges: [number, number] = [y.at(row / UP), y.at((row + 1) / UP)];
    let open: IStretch | undefined;
    for (let column = 0; column < ACROSS; column += 1) {
      const value = between(places, (column + 0.5) / ACROSS, (row + 0.5) / UP);
      const band = bandOf((value - low) / (high - low));
      const end = x.at((column + 1) / ACROSS);
      if (open?.band === band) {
        open.x[1] = end;
      } else {
        open = { x: [x.at(column / ACROSS), end], y: edges, band };
        found.push(open);
      }
    }
  }
  return found;
}

/** The band of a share between the least value (0) and the greatest (1). */
export function bandOf(share: number): number {
  return Math.min(BANDS - 1, Math.max(0, Math.floor(share * BANDS)));
}

/** The value at a place, all in shares of the axes. */
function between(knots: readonly IKnot[], x: number, y: number): number {
  let sum = 0;
  let weights = 0;
  for (const knot of knots) {
    const squared = (knot.x - x) ** 2 + (knot.y - y) ** 2;
    if (squared < HERE) {
      return knot.value;
    }
    const weight = 1 / squared;
    sum += weight * knot.value;
    weights += weight;
  }
  return sum / weights;
}

/** An axis from its least to its greatest place, in shares; null: they are one. */
function axisOf(
  places: readonly number[],
  log: boolean
): { share: (place: number) => number; at: (share: number) => number } | null {
  const seen = (place: number) => (log ? Math.log10(place) : place);
  const low = Math.min(...places.map(seen));
  const length = Math.max(...places.map(seen)) - low;
  return length > 0
    ? {
        share: place => (seen(place) - low) / length,
        at: share => {
          const place = low + share * length;
          return log ? 10 ** place : place;
        }
      }
    : null;
}
