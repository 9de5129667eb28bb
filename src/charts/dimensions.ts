/** What candidates are compared by, and ranges of it: pure. */
import type { IDimension, IItem, IRange } from './types';

/** Ranges of dimensions by key; words count from 0 in the order of their axis. */
export type Ranges = Readonly<Record<string, readonly IRange[]>>;

/** A value as an axis places it; null: it has none. */
export function placeOf(item: IItem, dimension: IDimension): number | null {
  const value = item.values[dimension.key];
  if (value === undefined) {
    return null;
  }
  if (dimension.categories) {
    const index = dimension.categories.indexOf(String(value));
    return index < 0 ? null : index;
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/**
 * What candidates can be compared by: values that are numbers throughout make
 * an axis of numbers, others one of words; what never varies makes none.
 *
 * @param mostWords - an axis of more words than this says nothing.
 */
export function dimensionsOf(
  items: readonly IItem[],
  labels: (key: string) => string,
  mostWords = 24
): IDimension[] {
  const keys = new Set<string>();
  items.forEach(item => Object.keys(item.values).forEach(key => keys.add(key)));
  const found: IDimension[] = [];
  for (const key of keys) {
    const values = items
      .map(item => item.values[key])
      .filter(value => value !== undefined);
    const distinct = [...new Set(values.map(String))];
    if (distinct.length < 2) {
      continue;
    }
    if (values.every(value => typeof value === 'number')) {
      found.push({ key, label: labels(key) });
    } else if (distinct.length <= mostWords) {
      found.push({ key, label: labels(key), categories: distinct.sort() });
    }
  }
  return found;
}

/** Whether a candidate is inside all ranges. */
export function inRanges(
  item: IItem,
  dimensions: readonly IDimension[],
  ranges: Ranges
): boolean {
  return dimensions.every(dimension => {
    const wanted = ranges[dimension.key];
    if (!wanted?.length) {
      return true;
    }
    const place = placeOf(item, dimension);
    return (
      place !== null &&
      wanted.some(({ from, to }) => from <= place && place <= to)
    );
  });
}

/** A stretch whose open ends are those of the axis. */
export function closed(
  range: IRange,
  items: readonly IItem[],
  dimension: IDimension
): IRange {
  const places = items
    .map(item => placeOf(item, dimension))
    .filter((place): place is number => place !== null);
  return {
    from: Number.isFinite(range.from) ? range.from : Math.min(...places),
    to: Number.isFinite(range.to) ? range.to : Math.max(...places)
  };
}

/** Those that have a finite value, the largest first. */
export function sortedBy(
  items: readonly IItem[],
  dimension: IDimension
): IItem[] {
  return items
    .map(item => ({ item, place: placeOf(item, dimension) }))
    .filter((one): one is { item: IItem; place: number } => one.place !== null)
    .sort((a, b) => b.place - a.place)
    .map(one => one.item);
}
