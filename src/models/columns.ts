/** Columns of the table, and rows in groups: pure. */
import { metricOf } from './measure';
import type { Aggregate, Direction } from './measure';
import type { Candidate } from '../api/types';

/** Attributes that can be columns, in the order they are offered. */
export const ATTRIBUTES = [
  'start_time',
  'duration',
  'model_class',
  'score',
  'notebook',
  'origin'
] as const;

/** Attributes that stand before the automatic columns. */
export const FIRST_ATTRIBUTES: readonly string[] = [
  'attributes.start_time',
  'attributes.duration',
  'attributes.model_class'
];

/** A column's kind and name, from an id such as `metrics.f1`. */
export interface IColumn {
  id: string;
  kind: 'attributes' | 'metrics' | 'params' | 'tags';
  name: string;
}

/** Attributes that are numbers: read from the right. */
const NUMBERS = new Set(['start_time', 'duration', 'score']);

/** Whether a column's values are numbers. */
export function isNumeric({ kind, name }: IColumn): boolean {
  return kind === 'metrics' || (kind === 'attributes' && NUMBERS.has(name));
}

/** Read a column's id; names may hold dots. */
export function columnOf(id: string): IColumn {
  const dot = id.indexOf('.');
  return {
    id,
    kind: id.slice(0, dot) as IColumn['kind'],
    name: id.slice(dot + 1)
  };
}

/** A candidate's value in a column; null: it has none. */
export function valueOf(
  candidate: Candidate,
  column: IColumn,
  aggregate: Aggregate = 'last',
  direction: Direction = 'max'
): number | string | null {
  switch (column.kind) {
    case 'metrics':
      return metricOf(candidate, column.name, aggregate, direction);
    case 'params':
      return candidate.params[column.name]?.value ?? null;
    case 'tags':
      return candidate.tags[column.name] ?? null;
    case 'attributes':
      return attributeOf(candidate, column.name);
  }
}

function attributeOf(
  candidate: Candidate,
  name: string
): number | string | null {
  switch (name) {
    case 'start_time':
      return candidate.start_time;
    case 'duration':
      return candidate.duration_s;
    case 'model_class':
      return candidate.model_class;
    case 'score':
      return candidate.score;
    case 'notebook':
      return candidate.notebook;
    case 'origin':
      return candidate.origin;
    case 'notebook_run':
      return candidate.notebook_run;
    case 'name':
      return candidate.name;
    default:
      return null;
  }
}

/** Move a column by some places; the ends hold it. */
export function moved(
  columns: readonly string[],
  id: string,
  by: number
): string[] {
  const from = columns.indexOf(id);
  const to = Math.min(Math.max(from + by, 0), columns.length - 1);
  const rest = columns.filter(column => column !== id);
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}

/** Candidates with the same value of what they are grouped by. */
export interface IGroup {
  /** The common value; null: they have none. */
  value: string | null;
  candidates: Candidate[];
}

/** Group by a column or the notebook run, in the order of first appearance. */
export function groupsOf(
  candidates: readonly Candidate[],
  by: string
): IGroup[] {
  const column = columnOf(by);
  const groups = new Map<string | null, IGroup>();
  for (const candidate of candidates) {
    const raw = valueOf(candidate, column);
    const value = raw === null ? null : String(raw);
    const group = groups.get(value);
    if (group) {
      group.candidates.push(candidate);
    } else {
      groups.set(value, { value, candidates: [candidate] });
    }
  }
  return [...groups.values()];
}

/** Mean and sample standard deviation of finite values; null: there are none. */
export function spreadOf(
  values: readonly (number | null)[]
): { mean: number; deviation: number; count: number } | null {
  const finite = values.filter(
    (value): value is number => value !== null && Number.isFinite(value)
  );
  if (!finite.length) {
    return null;
  }
  const count = finite.length;
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    count
  };
}

/** The least and greatest finite value; null: there are fewer than two. */
export function rangeOf(
  values: readonly (number | null)[]
): { low: number; high: number } | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value !== null && Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return high > low ? { low, high } : null;
}
