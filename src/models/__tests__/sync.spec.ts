import type { Status } from '../../api/types';
import { summaryOf } from '../sync';

const NONE = {
  queued: 0,
  pushing: 0,
  held: 0,
  error: 0,
  synced: 0,
  waiting: 0
};

const status = (
  connected: boolean,
  queue: Partial<typeof NONE> = {}
): Status => ({
  version: '0',
  connection: { connected },
  queue: { ...NONE, ...queue },
  recorder: { mode: 'auto', kernels: 0, open_runs: 0 }
});

describe('summaryOf', () => {
  it.each<[string, Status | null, string, number]>([
    ['nothing known', null, 'unknown', 0],
    ['no remote', status(false, { error: 2 }), 'disconnected', 0],
    ['all there', status(true, { synced: 7 }), 'synced', 0],
    [
      'under way',
      status(true, { queued: 2, pushing: 1, waiting: 1 }),
      'queued',
      4
    ],
    [
      'refused as a whole',
      {
        ...status(true, { waiting: 3 }),
        connection: { connected: true, message: 'The token has expired.' }
      },
      'attention',
      1
    ],
    [
      'held or refused',
      status(true, { queued: 2, held: 1, error: 1 }),
      'attention',
      2
    ]
  ])('tells first what matters most: %s', (_, given, state, count) => {
    expect(summaryOf(given)).toEqual({ state, count });
  });
});
