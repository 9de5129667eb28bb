/** A comparison as views read it, from the table the server sends: pure. */
import { GROUPS } from './markdown';
import type {
  Comparison,
  ComparisonTable,
  Difference,
  DifferenceRow
} from '../api/types';

/** A comparison, and which of its metrics have curves. */
export interface IComparison extends Comparison {
  /** By the name of a metric, how many of the candidates have more than one point of it; at least one has. */
  curves: ReadonlyMap<string, number>;
}

/**
 * Values by candidate id, and what has curves.
 *
 * @param baseline - id of the candidate that others are measured against.
 */
export function comparisonOf(
  table: ComparisonTable,
  baseline: string
): IComparison {
  const ids = table.candidates.map(({ id }) => id);
  const groups = Object.fromEntries(
    GROUPS.map(group => [
      group,
      (table.groups[group] ?? []).map(row => differenceOf(row, ids))
    ])
  ) as Comparison['groups'];
  return {
    baseline,
    groups,
    candidates: table.candidates,
    curves: curvesOf(table.groups.metrics ?? [])
  };
}

function curvesOf(metrics: readonly DifferenceRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, steps } of metrics) {
    const count = steps?.filter(points => points > 1).length;
    if (count) {
      counts.set(name, count);
    }
  }
  return counts;
}

function differenceOf(
  { name, differs, unset, direction, values }: DifferenceRow,
  ids: readonly string[]
): Difference {
  const byId: Difference['values'] = {};
  for (let place = 0; place < ids.length; place += 1) {
    const value = values[place];
    if (value !== null) {
      byId[ids[place]] = value;
    }
  }
  return { name, differs, unset, direction, values: byId };
}
