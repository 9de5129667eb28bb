/** Comparing metric values, better or worse: pure. */
import type { Candidate, Difference, MetricValue } from '../api/types';

/** Whether more or less of a metric is better; null: neither, as of a learning rate. */
export type Direction = 'max' | 'min' | null;

/** Which value of a series stands for it. */
export type Aggregate = 'last' | 'best' | 'min' | 'max';

/** A difference and what it means. */
export interface IDelta {
  absolute: number;
  better: boolean | null;
}

/** A metric value as a number; the server writes non-finite ones as words. */
export function numberOf(value: MetricValue | undefined): number | null {
  if (value === null || value === undefined) {
    return null;
  }
  return Number(value);
}

/** The value of a candidate's metric, or null when it has none. */
export function metricOf(
  candidate: Candidate,
  name: string,
  aggregate: Aggregate = 'last',
  direction: Direction = 'max'
): number | null {
  const metric = candidate.metrics[name];
  if (!metric) {
    return null;
  }
  const pick = aggregate === 'best' ? (direction ?? 'last') : aggregate;
  return numberOf(metric[pick] ?? metric.last);
}

/** Metrics that say how an attempt went, not how well. */
const AUXILIARY = /^(rank|std|system\/)|time$/;

/** The metric to show of a candidate that lacks the one that others are shown by. */
export function ownMetric(candidate: Candidate): string | null {
  const names = Object.keys(candidate.metrics);
  return names.find(name => !AUXILIARY.test(name)) ?? null;
}

/** Candidates by a metric, the best first; those without it last. */
export function bestFirst(
  candidates: readonly Candidate[],
  name: string,
  direction: Direction
): Candidate[] {
  const cost = (candidate: Candidate) => {
    const value = metricOf(candidate, name);
    if (value === null || Number.isNaN(value)) {
      return Infinity;
    }
    return direction === 'min' ? value : -value;
  };
  return [...candidates].sort((a, b) => {
    const [first, second] = [cost(a), cost(b)];
    return first === second ? 0 : first < second ? -1 : 1;
  });
}

/** How far `value` is from `reference`; equal or unknown is neither. */
export function deltaOf(
  value: number | null,
  reference: number | null,
  direction: Direction
): IDelta | null {
  if (value === null || reference === null) {
    return null;
  }
  const absolute = value - reference;
  if (!Number.isFinite(absolute)) {
    return null;
  }
  const better =
    absolute === 0 || direction === null
      ? null
      : direction === 'max'
        ? absolute > 0
        : absolute < 0;
  return { absolute, better };
}

/** How far a metric of a comparison is from its baseline's, absolute and in percent; null where that says nothing. */
export function deltaInRow(
  row: Difference,
  id: string,
  baseline: string
): (IDelta & { percent: number | null }) | null {
  const [value, reference] = [row.values[id], row.values[baseline]];
  if (
    id === baseline ||
    row.direction === undefined ||
    typeof value !== 'number' ||
    typeof reference !== 'number'
  ) {
    return null;
  }
  const delta = deltaOf(value, reference, row.direction);
  const percent =
    delta && reference !== 0
      ? (100 * delta.absolute) / Math.abs(reference)
      : null;
  return delta && { ...delta, percent };
}

/**
 * The rows among which it is known who started before whom: all once they are
 * loaded; of a list by time, those above its first hole.
 */
export function knownInTime(
  lines: readonly (Candidate | undefined)[],
  byTime: boolean
): readonly Candidate[] {
  const hole = lines.indexOf(undefined);
  const known = hole < 0 ? lines : byTime ? lines.slice(0, hole) : [];
  return known as readonly Candidate[];
}

/**
 * By candidate id, how its metric differs from that of the candidate that
 * started before it, among those given.
 */
export function deltasInTime(
  candidates: readonly Candidate[],
  name: string,
  direction: Direction
): Map<string, IDelta> {
  const measured = candidates
    .map(candidate => ({ candidate, value: metricOf(candidate, name) }))
    .filter(item => item.value !== null)
    .sort(
      (a, b) => (a.candidate.start_time ?? 0) - (b.candidate.start_time ?? 0)
    );
  const deltas = new Map<string, IDelta>();
  for (let index = 1; index < measured.length; index += 1) {
    const { candidate, value } = measured[index];
    const delta = deltaOf(value, measured[index - 1].value, direction);
    if (delta && delta.absolute !== 0) {
      deltas.set(candidate.id, delta);
    }
  }
  return deltas;
}

/** The id of the candidate whose value is best, if any is finite and one way is better. */
export function bestOf(
  candidates: readonly Candidate[],
  direction: Direction,
  valueOf: (candidate: Candidate) => number | null
): string | null {
  if (direction === null) {
    return null;
  }
  let best: { id: string; value: number } | null = null;
  for (const candidate of candidates) {
    const value = valueOf(candidate);
    if (value === null || !Number.isFinite(value)) {
      continue;
    }
    if (
      !best ||
      (direction === 'max' ? value > best.value : value < best.value)
    ) {
      best = { id: candidate.id, value };
    }
  }
  return best?.id ?? null;
}
