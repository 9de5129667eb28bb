/** What a list is asked for, from what a person chose: pure. */
import type { IChoices } from './choices';
import type { Direction } from './measure';
import type { ListQuery } from './pages';
import type { Chip } from './query';
import { TOP_LEVEL, filterOf, orderOf } from './query';
import type { Keys } from '../api/types';

/** Columns that are chosen by themselves, at most. */
const AUTOMATIC = 8;

/** Columns in order: those chosen, else the automatic ones, the primary metric first. */
export function columnsOf(
  choices: IChoices,
  keys: Keys | null,
  primary: string | null
): string[] {
  if (choices.columns) {
    return choices.columns;
  }
  const { metrics = [], params = [] } = keys?.automatic ?? {};
  const names = metrics.filter(name => name !== primary);
  return [
    ...(primary ? [`metrics.${primary}`] : []),
    ...names.slice(0, AUTOMATIC / 2).map(name => `metrics.${name}`),
    ...params.slice(0, AUTOMATIC / 2).map(name => `params.${name}`)
  ];
}

/** Whether children are folded into their parents: not in the results of a search. */
export function isFolded(text: string, chips: ReadonlySet<Chip>): boolean {
  return text.trim() === '' && filterOf('', chips) === '';
}

/** The list of an experiment with just the values that are shown of it. */
export function listQuery(shown: {
  experiment: string | null;
  notebook: string | null;
  text: string;
  chips: ReadonlySet<Chip>;
  /** What was deleted, and nothing else. */
  bin?: boolean;
  choices: IChoices;
  columns: readonly string[];
  primary: string | null;
  directionOf: (metric: string) => Direction;
}): ListQuery {
  const { text, chips, bin = false, choices, primary } = shown;
  const named = [...shown.columns, ...(choices.group ? [choices.group] : [])];
  const pick = (kind: string) =>
    named
      .filter(column => column.startsWith(kind))
      .map(column => column.slice(kind.length));
  const metrics = pick('metrics.');
  if (primary && !metrics.includes(primary)) {
    metrics.unshift(primary);
  }
  return {
    experiment: shown.experiment ?? undefined,
    notebook: chips.has('notebook') ? (shown.notebook ?? undefined) : undefined,
    filter:
      !bin && isFolded(text, chips)
        ? TOP_LEVEL
        : filterOf(text, chips) || undefined,
    view: bin ? 'deleted' : undefined,
    order_by: orderOf(choices.sort),
    order_value: sortedValue(choices, shown.directionOf),
    metrics,
    params: pick('params.'),
    tags: pick('tags.')
  };
}

/** The value of a series that its column shows is the one that rows are sorted by. */
function sortedValue(
  { sort, aggregates }: IChoices,
  directionOf: (metric: string) => Direction
): 'min' | 'max' | undefined {
  const metric = sort?.key.startsWith('metrics.') ? sort.key.slice(8) : null;
  const aggregate = metric && aggregates[metric];
  if (!metric || !aggregate || aggregate === 'last') {
    return undefined;
  }
  return aggregate === 'best' ? (directionOf(metric) ?? undefined) : aggregate;
}
