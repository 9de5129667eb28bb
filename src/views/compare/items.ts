/** Candidates as the items and series of charts: pure. */
import type { ISeriesStyle } from '../../charts/styles';
import { styleOf } from '../../charts/styles';
import type { IItem, IPoint, ISeries } from '../../charts/types';
import type { IComparison } from '../../models/comparison';
import { numberOf } from '../../models/measure';
import type { SeriesById } from '../../models/series';
import type { CandidateDetail } from '../../models/types';

type Styles = ReadonlyMap<string, ISeriesStyle>;

/** What candidates may be compared by, in order: params and metrics in which they differ, and how long they took. */
export function keysOf({ groups }: Pick<IComparison, 'groups'>): string[] {
  const differing = (group: 'params' | 'metrics') =>
    groups[group]
      .filter(({ differs }) => differs)
      .map(({ name }) => `${group}.${name}`);
  return [
    ...differing('params'),
    ...differing('metrics'),
    'attributes.duration_s'
  ];
}

/**
 * The compared candidates with their values of some keys, for charts.
 *
 * @param keys - of {@link keysOf}; only these, for there may be thousands.
 */
export function itemsOf(
  { candidates, groups }: Pick<IComparison, 'candidates' | 'groups'>,
  styles: Styles,
  keys: readonly string[]
): IItem[] {
  const items = candidates.map(({ id, name, duration_s }) => ({
    id,
    name,
    style: styles.get(id) ?? styleOf(0),
    values: (duration_s === null
      ? {}
      : { 'attributes.duration_s': duration_s }) as Record<
      string,
      number | string
    >
  }));
  const wanted = new Set(keys);
  for (const group of ['params', 'metrics'] as const) {
    for (const row of groups[group]) {
      const key = `${group}.${row.name}`;
      if (!wanted.has(key)) {
        continue;
      }
      for (const item of items) {
        const value = row.values[item.id];
        if (value !== undefined && value !== null) {
          item.values[key] =
            group === 'params' ? read(String(value)) : Number(value);
        }
      }
    }
  }
  return items;
}

/** A param as a number where it is one. */
function read(value: string): number | string {
  const number = value.trim() === '' ? NaN : Number(value);
  return Number.isFinite(number) ? number : value;
}

/** Points of a metric as the series of shown candidates, in their order. */
export function seriesOf(
  points: SeriesById,
  candidates: readonly CandidateDetail[],
  styles: Styles
): ISeries[] {
  return candidates
    .filter(({ id }) => points[id]?.length)
    .map(({ id, name }) => ({
      id,
      name,
      style: styles.get(id) ?? styleOf(0),
      points: points[id].map((point): IPoint => ({
        step: point.step,
        time: point.time,
        value: numberOf(point.value) ?? NaN
      }))
    }));
}

/** Series that are logged of a training but do not measure it. */
const SCHEDULES = /(^|[/_.])(lr|learning_rate|epoch|step|iteration)s?$/i;

/** Names of metrics with curves: those that most have first. */
export function curveNames(counts: IComparison['curves']): string[] {
  // What came out is looked at before what was set or used.
  const rank = (name: string) =>
    name.startsWith('system/') ? 2 : SCHEDULES.test(name) ? 1 : 0;
  return [...counts.keys()].sort(
    (a, b) => rank(a) - rank(b) || (counts.get(b) ?? 0) - (counts.get(a) ?? 0)
  );
}

/** What candidates can be grouped by: params and tags with few values, some of them shared. */
export function groupKeys(candidates: readonly CandidateDetail[]): string[] {
  const values = new Map<string, Set<string>>();
  const see = (key: string, value: string) => {
    const seen = values.get(key) ?? new Set();
    seen.add(value);
    values.set(key, seen);
  };
  for (const { params, tags, model_class, experiment } of candidates) {
    Object.entries(params).forEach(([name, { value }]) =>
      see(`params.${name}`, value)
    );
    Object.entries(tags).forEach(([name, value]) => see(`tags.${name}`, value));
    see('attributes.model_class', model_class ?? '');
    see('attributes.experiment', experiment);
  }
  return [...values]
    .filter(([, seen]) => seen.size > 1 && seen.size < candidates.length)
    .map(([key]) => key);
}

/** Candidates by the value of a key, in order of first appearance. */
export function groupsOf(
  candidates: readonly CandidateDetail[],
  key: string
): Map<string, string[]> {
  const [kind, ...rest] = key.split('.');
  const name = rest.join('.');
  const groups = new Map<string, string[]>();
  for (const candidate of candidates) {
    const value =
      kind === 'params'
        ? candidate.params[name]?.value
        : kind === 'tags'
          ? candidate.tags[name]
          : name === 'model_class'
            ? candidate.model_class
            : candidate.experiment;
    const label = value ?? '–';
    groups.set(label, [...(groups.get(label) ?? []), candidate.id]);
  }
  return groups;
}

/** A key as people read it: without its kind. */
export function labelOf(key: string): string {
  return key.slice(key.indexOf('.') + 1);
}
