import { KEYS, candidate, eventStream, settle } from './fixtures';
import type { Client } from '../../api/client';
import { RequestError } from '../../api/request';
import type { CandidateQuery, Experiment } from '../../api/types';
import { CandidatesModel } from '../candidates';
import { NO_CHOICES } from '../choices';
import { Live } from '../live';
import { TOP_LEVEL, childrenOf } from '../query';

const experiment = (id: string, notebook: string | null): Experiment => ({
  id,
  name: `experiment ${id}`,
  notebook,
  candidates: 3,
  created_time: 0,
  updated_time: 0,
  origin: ''
});

/** A model over a server of `count` candidates, and what it was asked. */
function setUp(count = 3) {
  const asked: CandidateQuery[] = [];
  const all = Array.from({ length: count }, (_, index) =>
    candidate(`c${index}`)
  );
  const refuse: { next?: unknown } = {};
  const client = {
    listExperiments: async () => [
      experiment('1', 'a.ipynb'),
      experiment('2', 'b.ipynb')
    ],
    listKeys: async () => KEYS,
    compareNow: async (notebook: string, cells: string[]) => ({
      notebook,
      candidate: 'c0',
      changes: cells,
      changed_cells: cells.length
    }),
    listCandidates: async (query: CandidateQuery) => {
      asked.push(query);
      if (refuse.next) {
        const reason = refuse.next;
        refuse.next = undefined;
        throw reason;
      }
      const from = query.offset ?? 0;
      return {
        candidates: all.slice(from, from + (query.limit ?? 100)),
        next_page_token: null,
        total: all.length,
        directions: { f1: 'max', loss: 'min', learning_rate: null }
      };
    },
    updateCandidate: jest.fn(async () => all[0]),
    deleteCandidate: jest.fn(async () => undefined),
    restoreCandidate: jest.fn(async () => undefined)
  };
  const stream = eventStream();
  const live = new Live({ events: stream.events, gather: 0 });
  const memory = new Map<string, unknown>();
  const model = new CandidatesModel({
    client: client as unknown as Client,
    live,
    memory: {
      fetch: async key => memory.get(key),
      save: async (key, value) => void memory.set(key, value)
    }
  });
  return { model, client, asked, refuse, stream, memory, live };
}

describe('CandidatesModel', () => {
  describe('#refresh()', () => {
    it('shows the most recent experiment, and only the columns it needs', async () => {
      const { model, asked } = setUp();
      await model.refresh();
      expect(model.experiment?.id).toBe('1');
      expect(model.rows).toHaveLength(3);
      expect(model.total).toBe(3);
      expect(asked[0]).toMatchObject({
        experiment: '1',
        metrics: ['f1', 'loss'],
        params: ['lr'],
        limit: 100
      });
    });

    it('keeps the rows and says why when the server is away', async () => {
      const { model, refuse } = setUp();
      await model.refresh();
      refuse.next = new RequestError('unreachable', 'gone');
      await model.refresh();
      expect(model.problem?.code).toBe('unreachable');
      expect(model.rows).toHaveLength(3);
      await model.refresh();
      expect(model.problem).toBeNull();
    });
  });

  describe('#setNotebook()', () => {
    it('follows the open notebook until an experiment is chosen', async () => {
      const { model } = setUp();
      await model.setNotebook('b.ipynb', () => ['lr = 0.1']);
      expect(model.experiment?.id).toBe('2');
      expect(model.now?.notebook).toBe('b.ipynb');
      expect(model.now?.changes).toEqual(['lr = 0.1']);
      await model.setExperiment('1');
      await model.setNotebook(null);
      await model.setNotebook('b.ipynb');
      expect(model.experiment?.id).toBe('1');
    });
  });

  describe('#setText()', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('searches once typing pauses', async () => {
      const { model, asked } = setUp();
      await model.refresh();
      model.filter.setText('f');
      model.filter.setText('forest');
      jest.advanceTimersByTime(200);
      await settle();
      expect(asked.map(query => query.filter)).toEqual([TOP_LEVEL, "'forest'"]);
    });

    it('keeps the old rows while a filter is invalid, with the place of the error', async () => {
      const { model, refuse } = setUp();
      await model.refresh();
      refuse.next = new RequestError(
        'invalid_value',
        "Invalid filter 'metrics.f1 > ': a value is missing (at character 13).",
        400,
        { position: 13 }
      );
      model.filter.setText('metrics.f1 > ');
      jest.advanceTimersByTime(200);
      await settle();
      expect(model.filter.problem).toMatchObject({
        message: 'A value is missing.',
        position: 13
      });
      expect(model.problem).toBeNull();
      expect(model.rows).toHaveLength(3);
    });
  });

  describe('#ensure()', () => {
    it('loads the rows in sight, wherever they are', async () => {
      const { model, asked } = setUp(1500);
      await model.refresh();
      expect(model.rows).toHaveLength(100);
      expect(model.total).toBe(1500);
      await model.ensure({ first: 1210, last: 1240 });
      expect(model.lines[1210]?.id).toBe('c1210');
      expect(model.lines[700]).toBeUndefined();
      asked.length = 0;
      await model.refresh();
      expect(asked).toMatchObject([{ offset: 1200, limit: 100 }]);
      expect(model.lines[0]?.id).toBe('c0');
    });

    it('asks for old rows again once they are in sight', async () => {
      const { model, asked } = setUp(300);
      await model.refresh();
      await model.ensure({ first: 150, last: 180 });
      await model.refresh();
      asked.length = 0;
      await model.ensure({ first: 0, last: 20 });
      expect(asked).toMatchObject([{ offset: 0 }]);
    });
  });

  describe('#fill()', () => {
    it('loads the rest of the list', async () => {
      const { model } = setUp(1234);
      await model.refresh();
      await model.fill();
      expect(model.rows).toHaveLength(1234);
      expect(model.lines.every((row, at) => row?.id === `c${at}`)).toBe(true);
    });
  });

  it('sorts by the value of a series that is shown', async () => {
    const { model, asked } = setUp();
    await model.refresh();
    model.choose({ aggregates: { loss: 'best' } });
    model.sortBy('metrics.loss');
    await model.refresh();
    expect(asked[asked.length - 1]).toMatchObject({
      order_by: 'metrics.loss ASC',
      order_value: 'min'
    });
  });

  it('ticks a stretch of rows', async () => {
    const { model } = setUp(5);
    await model.refresh();
    model.selection.toggle('c3');
    model.selection.toggleTo('c1', true);
    expect([...model.selection.ids].sort()).toEqual(['c1', 'c2', 'c3']);
    model.selection.toggleTo('c2', false);
    expect([...model.selection.ids]).toEqual(['c3']);
  });

  it('ticks all candidates, those that have not come yet too', async () => {
    const { model } = setUp(1234);
    await model.refresh();
    await model.selectAll();
    expect(model.selection.ids.size).toBe(1234);
  });

  it('asks for nothing but rows when they are to be sorted, even while it looks for the rest', async () => {
    const { model, asked, client } = setUp();
    await model.refresh();
    client.listKeys = () => new Promise(() => undefined);
    void model.refresh();
    asked.length = 0;
    model.sortBy('metrics.loss');
    await settle();
    expect(asked).toMatchObject([{ order_by: 'metrics.loss ASC' }]);
  });

  it('knows which way a metric is better, or neither', async () => {
    const { model } = setUp();
    await model.refresh();
    expect(model.directionOf('loss')).toBe('min');
    expect(model.directionOf('learning_rate')).toBeNull();
  });

  describe('#setUnfolded()', () => {
    it('puts children below their parent, and takes them away again', async () => {
      const { model, asked } = setUp(2);
      await model.refresh();
      await model.setUnfolded('c0', true);
      expect(asked[asked.length - 1].filter).toBe(childrenOf('c0'));
      expect(model.rows.map(row => row.id)).toEqual(['c0', 'c0', 'c1', 'c1']);
      expect(model.total).toBe(4);
      expect(model.count).toBe(2);
      await model.setUnfolded('c0', false);
      expect(model.total).toBe(2);
    });

    it('tells why children do not come, and asks for none where all are flat', async () => {
      const { model, asked, refuse } = setUp(2);
      await model.refresh();
      refuse.next = new Error('away');
      await model.setUnfolded('c0', true);
      expect(model.problem?.message).toBe('away');
      model.setBin(true);
      await settle();
      asked.length = 0;
      await model.setUnfolded('c0', true);
      expect(asked).toEqual([]);
    });
  });

  describe('#sortBy()', () => {
    it('sorts the useful way first, then the other, then not at all', async () => {
      const { model, asked } = setUp();
      await model.refresh();
      const orders: (string | undefined)[] = [];
      for (let click = 0; click < 3; click += 1) {
        model.sortBy('metrics.loss');
        await model.refresh();
        orders.push(asked[asked.length - 1].order_by);
      }
      expect(orders).toEqual([
        'metrics.loss ASC',
        'metrics.loss DESC',
        undefined
      ]);
    });
  });

  describe('#choose()', () => {
    it('is remembered by experiment', async () => {
      const { model } = setUp();
      await model.refresh();
      model.choose({ columns: ['params.lr'] });
      await model.setExperiment('2');
      expect(model.choices).toEqual(NO_CHOICES);
      await model.setExperiment('1');
      expect(model.columns).toEqual(['params.lr']);
    });
  });

  it('shows after a reload what was chosen before', async () => {
    const { model, client, live, memory } = setUp();
    await model.setNotebook('a.ipynb');
    await model.setExperiment('2');
    model.choose({ columns: ['params.lr'] });
    const reloaded = new CandidatesModel({
      client: client as unknown as Client,
      live,
      memory: {
        fetch: async key => memory.get(key),
        save: async () => undefined
      }
    });
    await reloaded.setNotebook('a.ipynb');
    await reloaded.refresh();
    expect(reloaded.experiment?.id).toBe('2');
    expect(reloaded.columns).toEqual(['params.lr']);
    await reloaded.setNotebook('b.ipynb');
    await reloaded.setNotebook('a.ipynb');
    expect(reloaded.experiment?.id).toBe('1');
  });

  describe('#remove()', () => {
    it('unticks what is gone', async () => {
      const { model, client } = setUp();
      await model.refresh();
      model.selection.set(['c0', 'c1']);
      await model.edits.remove(['c0']);
      expect(client.deleteCandidate).toHaveBeenCalledWith('c0', false);
      expect([...model.selection.ids]).toEqual(['c1']);
    });

    it('removes for good what is asked for', async () => {
      const { model, client } = setUp();
      await model.refresh();
      await model.edits.remove(['c2'], { forGood: true });
      expect(client.deleteCandidate).toHaveBeenCalledWith('c2', true);
    });
  });

  describe('#edits', () => {
    it('shows what is there again when the server refuses', async () => {
      const { model, client } = setUp();
      await model.refresh();
      const { name } = model.rows[0];
      client.updateCandidate.mockRejectedValueOnce(new Error('no'));
      await expect(model.edits.rename('c0', 'mine')).rejects.toThrow('no');
      expect(model.rows[0].name).toBe(name);
    });

    it('unticks what was removed before one was refused', async () => {
      const { model, client } = setUp();
      await model.refresh();
      model.selection.set(['c0', 'c1', 'c2']);
      client.deleteCandidate
        .mockResolvedValueOnce(undefined)
        .mockRejectedValueOnce(new Error('no'));
      await expect(model.edits.remove(['c0', 'c1', 'c2'])).rejects.toThrow();
      expect([...model.selection.ids]).toEqual(['c1', 'c2']);
    });
  });

  describe('#setBin()', () => {
    it('lists what was deleted, flat, and ticks nothing of the other list', async () => {
      const { model, asked } = setUp();
      await model.refresh();
      expect(asked[asked.length - 1]).toMatchObject({ filter: TOP_LEVEL });
      expect(asked[asked.length - 1].view).toBeUndefined();
      model.selection.set(['c0']);
      model.setBin(true);
      await settle();
      expect(asked[asked.length - 1]).toMatchObject({
        view: 'deleted',
        filter: undefined
      });
      expect(model.filter.bin).toBe(true);
      expect(model.filter.folds).toBe(false);
      expect(model.selection.ids.size).toBe(0);
      model.setBin(false);
      await settle();
      expect(asked[asked.length - 1]).toMatchObject({ filter: TOP_LEVEL });
    });

    it('unticks what was restored', async () => {
      const { model, client } = setUp();
      await model.refresh();
      model.setBin(true);
      await settle();
      model.selection.set(['c0', 'c1']);
      await model.edits.restore(['c0']);
      expect(client.restoreCandidate).toHaveBeenCalledWith('c0');
      expect([...model.selection.ids]).toEqual(['c1']);
    });
  });

  it('looks again when a candidate changes', async () => {
    const { model, asked, stream } = setUp();
    await model.refresh();
    const changed = jest.fn();
    model.changed.connect(changed);
    asked.length = 0;
    stream.emit([{ kind: 'candidate', id: 'c1' }]);
    await new Promise(resolve => setTimeout(resolve, 20));
    await settle();
    expect(asked).toHaveLength(1);
    expect(changed).toHaveBeenCalled();
  });
});
