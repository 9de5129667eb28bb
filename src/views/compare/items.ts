/** Candidates as the items and series of charts: pure. */
import type { ISeriesStyle } from '../../charts/styles';
import { styleOf } from '../../charts/styles';
import type { IItem, IPoint, ISeries } from '../../charts/types';
import { numberOf } from '../../models/measure';
import type { SeriesById } from '../../models/series';
import type { CandidateDetail } from '../../models/types';

type Styles = ReadonlyMap<string, ISeriesStyle>;

/** A candidate's last metrics, its params and its duration as the values of charts. */
export function itemsOf(
  candidates: readonly CandidateDetail[],
  styles: Styles
): IItem[] {
  return candidates.map(candidate => {
    const values: Record<string, number | string> = {};
    for (const [name, { value }] of Object.entries(candidate.params)) {
      const number = value.trim() === '' ? NaN : Number(value);
      values[`params.${name}`] = Number.isFinite(number) ? number : value;
    }
    for (const [name, metric] of Object.entries(candidate.metrics)) {
      const value = numberOf(metric.last);
      if (value !== null) {
        values[`metrics.${name}`] = value;
      }
    }
    if (candidate.duration_s !== null) {
      values['attributes.duration_s'] = candidate.duration_s;
    }
    return {
      id: candidate.id,
      name: candidate.name,
      style: styles.get(candidate.id) ?? styleOf(0),
      values
    };
  });
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

/** Names of metrics that have a curve for one candidate at least: those that most have first. */
export function curveNames(candidates: readonly CandidateDetail[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of candidates) {
    for (const [name, metric] of Object.entries(metrics)) {
      if (metric.steps > 1) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  }
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
