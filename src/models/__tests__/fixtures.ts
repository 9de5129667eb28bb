/** Things that tests are about, made of as little as they need. */
import { Signal } from '@lumino/signaling';
import type { Event } from '@jupyterlab/services';

import type { Candidate, Keys, Metric } from '../../api/types';
import { CHANGES_SCHEMA } from '../live';

export function metric(last: number | string): Metric {
  const value = typeof last === 'number' ? last : null;
  return { last, min: value, max: value, steps: 1, source: 'logged' };
}

export function candidate(
  id: string,
  change: Partial<Candidate> = {}
): Candidate {
  return {
    id,
    name: id,
    experiment: 'spirals',
    notebook: 'spirals.ipynb',
    notebook_run: null,
    status: 'FINISHED',
    start_time: 1000,
    end_time: 2000,
    duration_s: 1,
    model_class: null,
    variable: null,
    cell: null,
    fits: 1,
    parent: null,
    params: {},
    metrics: {},
    tags: {},
    sync: { state: 'local' },
    starred: false,
    verified: false,
    origin: 'training',
    score: null,
    ...change
  } as Candidate;
}

export const KEYS: Keys = {
  metrics: [
    { name: 'f1', count: 3, direction: 'max' },
    { name: 'loss', count: 3, direction: 'min' }
  ],
  params: [{ name: 'lr', count: 3 }],
  tags: [],
  totals: { metrics: 2, params: 1, tags: 0 },
  primary_metric: { name: 'f1', direction: 'max' },
  automatic: { metrics: ['f1', 'loss'], params: ['lr'] }
};

/** The server's event stream, and how to emit on it. */
export function eventStream() {
  const owner = {};
  const stream = new Signal<object, Event.Emission>(owner);
  return {
    events: { stream } as unknown as Event.IManager,
    emit: (
      changes: { kind: string; id: string }[],
      schema_id = CHANGES_SCHEMA
    ) => stream.emit({ schema_id, changes } as unknown as Event.Emission)
  };
}

/** Let every promise that is ready go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) {
    await Promise.resolve();
  }
}
