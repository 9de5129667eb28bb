/** A comparison as views read it, from the table the server sends: pure. */
import { GROUPS } from './markdown';
import type {
  CandidateDetail,
  Comparison,
  ComparisonTable,
  Difference,
  DifferenceRow,
  Metric
} from '../api/types';

/**
 * Values by candidate id, and the metrics of each candidate.
 *
 * @param baseline - id of the candidate that others are measured against.
 */
export function comparisonOf(
  table: ComparisonTable,
  baseline: string
): Comparison {
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
    candidates: table.candidates.map((candidate, place) =>
      withMetrics(candidate, table.groups.metrics ?? [], place)
    )
  };
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

/** A candidate whose metrics are read from the rows when somebody asks: there may be very many. */
function withMetrics(
  candidate: CandidateDetail,
  rows: readonly DifferenceRow[],
  place: number
): CandidateDetail {
  let metrics: Record<string, Metric> | null = null;
  return {
    ...candidate,
    get metrics() {
      metrics ??= Object.fromEntries(
        rows
          .filter(({ values }) => values[place] !== null)
          .map(({ name, values, steps }) => [
            name,
            {
              last: values[place],
              min: null,
              max: null,
              steps: steps?.[place] ?? 1,
              source: 'logged'
            }
          ])
      );
      return metrics;
    }
  };
}
