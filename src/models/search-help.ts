/** Filters to begin with, made of what the experiment has: pure. */
import { fieldOf, quoted } from './query';
import { tagsOf } from './tags';
import type { Candidate, Keys } from '../api/types';

/** What an example shows. */
export type Lesson =
  'word' | 'metric' | 'range' | 'param' | 'several' | 'tag' | 'fact' | 'either';

export interface IExample {
  lesson: Lesson;
  filter: string;
}

/**
 * One filter for each lesson. Names are those of the experiment, values those
 * of the rows at hand, so that an example finds something; where there are
 * none, of a usual experiment.
 */
export function searchExamples(
  keys: Keys | null,
  rows: readonly Candidate[]
): IExample[] {
  const metric =
    keys?.primary_metric ??
    keys?.metrics.find(({ name }) => name.indexOf('`') < 0);
  const metricField = fieldOf('metrics', metric?.name ?? 'accuracy');
  const measured = rows
    .map(({ metrics }) => metrics[metric?.name ?? '']?.last)
    .filter((value): value is number => Number.isFinite(value))
    .sort((a, b) => a - b);
  const at = (part: number) =>
    measured[Math.floor(part * (measured.length - 1))];
  const less = metric?.direction === 'min';
  const [least, middle, most] = measured.length
    ? [short(at(0.25), -1), short(at(0.5), less ? 1 : -1), short(at(0.75), 1)]
    : ['0.8', '0.9', '0.95'];
  const better = `${metricField} ${less ? '<=' : '>='} ${middle}`;

  const param = commonest(
    rows.flatMap(row =>
      Object.entries(row.params).map(([name, { value }]) => ({ name, value }))
    )
  ) ?? { name: 'optimizer', values: ['adam', 'sgd'] };
  const paramField = fieldOf('params', param.name);
  const values = param.values.slice(0, 2).map(quoted);
  const tag = commonest(rows.flatMap(row => tagsOf(row).own)) ?? {
    name: keys?.tags.find(({ name }) => !/^ml(ops|flow)\./.test(name))?.name,
    values: ['vision']
  };

  return [
    { lesson: 'word', filter: wordOf(rows) },
    { lesson: 'metric', filter: better },
    { lesson: 'range', filter: `${metricField} = ${least}..${most}` },
    {
      lesson: 'param',
      filter: `${paramField} = ${isNumber(param.values[0]) ? param.values[0] : values[0]}`
    },
    { lesson: 'several', filter: `${paramField} in (${values.join(', ')})` },
    {
      lesson: 'tag',
      filter: `${fieldOf('tags', tag.name ?? 'team')} = ${quoted(tag.values[0])}`
    },
    { lesson: 'fact', filter: "attributes.status = 'FAILED'" },
    { lesson: 'either', filter: `(${better} or attributes.starred = 1)` }
  ];
}

/** The name that most rows share with the most values, up to a handful; short values only. */
function commonest(
  pairs: readonly { name: string; value: string }[]
): { name: string; values: string[] } | null {
  const values = new Map<string, Set<string>>();
  for (const { name, value } of pairs) {
    if (/^[\w.+-]{1,16}$/.test(value) && name.length <= 24 && !/`/.test(name)) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  const [best] = [...values].sort(
    ([, a], [, b]) => Math.min(b.size, 4) - Math.min(a.size, 4)
  );
  return best ? { name: best[0], values: [...best[1]] } : null;
}

/** A word of a name at hand. */
function wordOf(rows: readonly Candidate[]): string {
  for (const { name } of rows) {
    const word = /[A-Za-z]{4,}/.exec(name);
    if (word) {
      return word[0].toLowerCase();
    }
  }
  return 'forest';
}

/** Whether the grammar reads a value as a number. */
function isNumber(value: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(value);
}

/** A number as a person would write it: three digits, rounded down (-1) or up (1). */
function short(value: number, way: -1 | 1): string {
  const near = Number(value.toPrecision(3));
  if (value === 0 || (near - value) * way >= 0) {
    return String(near);
  }
  const last = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2);
  return String(Number((near + way * last).toPrecision(3)));
}
