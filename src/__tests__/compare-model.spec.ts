import { Signal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { RequestError } from '../api/request';
import { CompareModel } from '../models/compare';
import { DetailModel } from '../models/detail';
import type { IChanges, Live } from '../models/live';
import { SeriesModel, pointsFor } from '../models/series';

/** Changes by hand. */
class Changes {
  readonly changed = new Signal<this, IChanges>(this);

  emit(kind: string, ...ids: string[]): void {
    this.changed.emit({
      all: false,
      kinds: new Set([kind]),
      ids: new Set(ids)
    });
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve));

/** Models on a client of which only these methods are asked. */
const on = (methods: Partial<Record<keyof Client, jest.Mock>>) => {
  const live = new Changes();
  return {
    live,
    server: {
      client: methods as unknown as Client,
      live: live as unknown as Live
    }
  };
};

describe('CompareModel', () => {
  const answer = (ids: string[]) => ({
    candidates: ids.map(id => ({ id })),
    groups: {}
  });

  it('measures against the first candidate until told otherwise', async () => {
    const compare = jest.fn(async ids => answer(ids));
    const { server } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b', 'a'] });
    await settled();
    expect(compare).toHaveBeenLastCalledWith(['a', 'b']);
    model.setBaseline('b');
    expect(model.comparison?.baseline).toBe('b');
    expect(model.state).toEqual({
      ids: ['a', 'b'],
      baseline: 'b',
      tab: 'differences',
      differencesOnly: true,
      charts: {}
    });
  });

  it('does not ask again and again for candidates that are gone', async () => {
    const compare = jest.fn(async () => {
      throw new RequestError('not_found', 'no such candidate', 404);
    });
    const { server, live } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b'] });
    await settled();
    live.changed.emit({ all: true, kinds: new Set(), ids: new Set() });
    await settled();
    expect(compare).toHaveBeenCalledTimes(1);
    live.emit('candidate', 'a'); // brought back from the bin
    await settled();
    expect(compare).toHaveBeenCalledTimes(2);
    expect(model.problem?.code).toBe('not_found');
  });

  it('comes back as it was left', async () => {
    const compare = jest.fn(async ids => answer(ids));
    const { server } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b'] });
    model.setCharts({ smoothing: 0.6, axes: ['params.lr'] });
    model.setDifferencesOnly(false);
    const again = new CompareModel({ ...server, ...model.state });
    expect(again.charts).toEqual(model.charts);
    expect(again.differencesOnly).toBe(false);
  });

  it('hands over the curves that it has asked for ahead', async () => {
    const compare = jest.fn(async ids => answer(ids));
    const getSeries = jest.fn(async () => ({}));
    const { server } = on({ compare, getSeries });
    const model = new CompareModel({ ...server, ids: ['a', 'b'] });
    model.prepareSeries('loss');
    await settled();
    model.openSeries('loss');
    expect(getSeries).toHaveBeenCalledTimes(1);
    model.openSeries('f1');
    expect(getSeries).toHaveBeenCalledTimes(2);
  });

  it('takes no baseline that is not compared', () => {
    const compare = jest.fn(async ids => answer(ids));
    const { server } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a'], baseline: 'z' });
    expect(model.baseline).toBe('a');
  });

  it('shows what is neither hidden nor outside of the brush', async () => {
    const compare = jest.fn(async ids => answer(ids));
    const { server } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b', 'c'] });
    await settled();
    const shown = () => model.shown.map(({ id }) => id);
    model.toggleHidden('a');
    expect(shown()).toEqual(['b', 'c']);
    model.setBrushed(['a', 'c']);
    expect(shown()).toEqual(['c']);
    expect(model.filtered).toBe(true);
    model.showAll();
    expect(shown()).toEqual(['a', 'b', 'c']);
    expect(model.filtered).toBe(false);
  });

  it('looks again when one of its candidates changes, and keeps what it has when that fails', async () => {
    const compare = jest
      .fn()
      .mockResolvedValueOnce(answer(['a', 'b']))
      .mockRejectedValueOnce(new RequestError('unreachable', 'gone'));
    const { server, live } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b'] });
    await settled();
    live.emit('candidate', 'other');
    await settled();
    expect(compare).toHaveBeenCalledTimes(1);
    live.emit('candidate', 'b');
    await settled();
    expect(compare).toHaveBeenCalledTimes(2);
    expect(model.comparison).not.toBeNull();
    expect(model.problem?.code).toBe('unreachable');
  });

  it('draws nothing anew when nothing has changed', async () => {
    const compare = jest.fn(async ids => answer(ids));
    const { server } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b'] });
    await settled();
    const before = model.comparison;
    await model.refresh();
    expect(compare).toHaveBeenCalledTimes(2);
    expect(model.comparison).toBe(before);
  });

  it('hears nothing after it is disposed', async () => {
    const compare = jest.fn(async ids => answer(ids));
    const { server, live } = on({ compare });
    const model = new CompareModel({ ...server, ids: ['a', 'b'] });
    await settled();
    model.dispose();
    live.emit('candidate', 'a');
    await settled();
    expect(compare).toHaveBeenCalledTimes(1);
  });
});

describe('SeriesModel', () => {
  const coarse = { a: [{ step: 0, time: 0, value: 1 }] };
  const fine = { a: [{ step: 5, time: 0, value: 2 }] };

  it('asks for finer points of a zoomed stretch, and shows the whole again at once', async () => {
    const getSeries = jest.fn(async (_ids, _metric, options) =>
      options.from === undefined ? coarse : fine
    );
    const { server } = on({ getSeries });
    const model = new SeriesModel({ ...server, ids: ['a'], metric: 'loss' });
    await settled();
    expect(model.series).toBe(coarse);
    await model.zoom({ from: 4, to: 6 });
    expect(getSeries).toHaveBeenLastCalledWith(['a'], 'loss', {
      points: 1000,
      from: 4,
      to: 6
    });
    expect(model.series).toBe(fine);
    await model.zoom(null);
    expect(model.series).toBe(coarse);
    expect(getSeries).toHaveBeenCalledTimes(2);
  });

  it('forgets finer points that come too late', async () => {
    let answer: (points: object) => void = () => undefined;
    const getSeries = jest.fn((_ids, _metric, options) =>
      options.from === undefined
        ? Promise.resolve(coarse)
        : new Promise(resolve => {
            answer = resolve;
          })
    );
    const { server } = on({ getSeries });
    const model = new SeriesModel({ ...server, ids: ['a'], metric: 'loss' });
    await settled();
    void model.zoom({ from: 4, to: 6 });
    await settled();
    await model.zoom(null);
    answer(fine);
    await settled();
    expect(model.series).toBe(coarse);
  });

  it('asks for fewer points of many candidates', () => {
    expect(pointsFor(1)).toBe(1000);
    expect(pointsFor(50)).toBe(500);
    expect(pointsFor(500) * 500).toBeLessThanOrEqual(30_000);
  });
});

describe('DetailModel', () => {
  const candidate = { id: 'a', name: 'old', notebook_run: 'r', starred: false };

  it('shows a change at once and takes it back when it is refused', async () => {
    const { server } = on({
      getCandidate: jest.fn(async () => candidate),
      getNotebookRun: jest.fn(async () => ({ executions: [{ id: 'x' }] })),
      updateCandidate: jest.fn(async () => {
        throw new RequestError('conflict', 'not now');
      })
    });
    const model = new DetailModel({ ...server, id: 'a' });
    await settled();
    const kept = model.rename('new');
    expect(model.candidate?.name).toBe('new');
    expect(await kept).toBe(false);
    expect(model.candidate?.name).toBe('old');
    expect(model.changeProblem?.message).toBe('not now');
  });

  it('stands without its notebook run', async () => {
    const { server } = on({
      getCandidate: jest.fn(async () => candidate),
      getNotebookRun: jest.fn(async () => {
        throw new RequestError('not_found', 'no such run', 404);
      })
    });
    const model = new DetailModel({ ...server, id: 'a' });
    await settled();
    expect(model.executions).toEqual([]);
    expect(model.problem).toBeNull();
  });

  it('tells that a candidate does not exist', async () => {
    const { server } = on({
      getCandidate: jest.fn(async () => {
        throw new RequestError('not_found', 'no such candidate', 404);
      })
    });
    const model = new DetailModel({ ...server, id: 'a' });
    await settled();
    expect(model.candidate).toBeNull();
    expect(model.problem?.code).toBe('not_found');
  });
});
