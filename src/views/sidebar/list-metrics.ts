import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';
import type { IDelta } from '../../models/measure';
import {
  bestOf,
  deltasInTime,
  knownInTime,
  metricOf
} from '../../models/measure';

/** What the list shows of metrics. */
export interface IListMetrics {
  /** Names of the shown ones, the primary one first. */
  shown: readonly string[];
  /** By candidate: the primary metric against the candidate before. */
  deltas: ReadonlyMap<string, IDelta>;
  /** The candidate whose primary metric is best; null: it cannot be told. */
  best: string | null;
}

/**
 * What the list shows of metrics.
 *
 * @param width Of the list, in pixels: it holds one to three metrics.
 */
export function useListMetrics(
  model: CandidatesModel,
  width: number
): IListMetrics {
  const { lines, rows, total, primary } = model;
  const deltas = React.useMemo(
    () =>
      primary
        ? deltasInTime(
            knownInTime(lines, model.choices.sort === null),
            primary.name,
            primary.direction
          )
        : new Map<string, never>(),
    [lines, model.choices.sort, primary?.name, primary?.direction]
  );
  const best = React.useMemo(
    () =>
      // What is not loaded could be better.
      primary && rows.length > 1 && rows.length === total
        ? bestOf(rows, primary.direction, row => metricOf(row, primary.name))
        : null,
    [rows, total, primary?.name, primary?.direction]
  );
  return { shown: shownMetrics(model, width), deltas, best };
}

/** As many metrics as the width holds, the primary one first. */
function shownMetrics(model: CandidatesModel, width: number): string[] {
  const primary = model.primary?.name;
  const others = model.columns
    .filter(column => column.startsWith('metrics.'))
    .map(column => column.slice(8))
    .filter(name => name !== primary);
  const room = width < 360 ? 1 : width < 450 ? 2 : 3;
  return [...(primary ? [primary] : []), ...others].slice(0, room);
}
