import { eventStream } from './fixtures';
import type { IChanges } from '../live';
import { Live, concerns } from '../live';

describe('Live', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('gathers a burst of events into one change', () => {
    const { events, emit } = eventStream();
    const live = new Live({ events });
    const seen: IChanges[] = [];
    live.changed.connect((_, changes) => seen.push(changes));

    emit([{ kind: 'candidate', id: 'a' }]);
    emit([{ kind: 'candidate', id: 'b' }]);
    emit([{ kind: 'model', id: 'm' }]);
    expect(seen).toHaveLength(0);
    jest.advanceTimersByTime(100);

    expect(seen).toHaveLength(1);
    expect([...seen[0].ids]).toEqual(['a', 'b', 'm']);
    expect(concerns(seen[0], 'candidate')).toBe(true);
    expect(concerns(seen[0], 'remote')).toBe(false);
    live.dispose();
  });

  it('passes over events of others', () => {
    const { events, emit } = eventStream();
    const live = new Live({ events });
    const seen = jest.fn();
    live.changed.connect(seen);
    emit([{ kind: 'candidate', id: 'a' }], 'https://other/v1');
    jest.advanceTimersByTime(1000);
    expect(seen).not.toHaveBeenCalled();
    live.dispose();
  });

  it('says nothing after it is disposed of', () => {
    const { events, emit } = eventStream();
    const live = new Live({ events });
    const seen = jest.fn();
    live.changed.connect(seen);
    emit([{ kind: 'candidate', id: 'a' }]);
    live.dispose();
    jest.advanceTimersByTime(60_000);
    expect(seen).not.toHaveBeenCalled();
  });
});
