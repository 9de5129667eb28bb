import { eventStream } from './fixtures';
import type { Client } from '../../api/client';
import type { RecordedOutput } from '../../api/types';
import { Live } from '../live';
import type { IShownCell } from '../lost-output';
import { LostOutputModel, lostOutputs } from '../lost-output';

const cell = (changes: Partial<IShownCell> = {}): IShownCell => ({
  id: 'a',
  source: 'slow()',
  executionCount: null,
  outputs: 0,
  running: false,
  ...changes
});

const recorded = (changes: Partial<RecordedOutput> = {}): RecordedOutput => ({
  id: 'e',
  cell_id: 'a',
  execution_count: 3,
  source: 'slow()',
  status: 'FINISHED',
  started_time: 1000,
  ended_time: 2000,
  ...changes
});

describe('lostOutputs', () => {
  const story = (
    opened: IShownCell[],
    shown: IShownCell[] = opened,
    items = [recorded()],
    savedTime = 1500
  ) => lostOutputs(shown, opened, items, savedTime).length;

  it.each<[string, IShownCell, number]>([
    ['was running when it was saved', cell(), 1],
    ['had printed a part', cell({ outputs: 1 }), 1],
    ['shows the execution', cell({ executionCount: 3, outputs: 1 }), 0],
    ['shows its number without output', cell({ executionCount: 3 }), 1],
    ['shows an older one', cell({ executionCount: 1, outputs: 1 }), 1],
    ['reads otherwise', cell({ source: 'slow(2)' }), 0],
    ['runs at this moment', cell({ running: true }), 0],
    ['is another one', cell({ id: 'b' }), 0]
  ])('looks at a cell that %s', (_, opened, lost) => {
    expect(story([opened])).toBe(lost);
  });

  it('leaves out what was saved after the recorded execution', () => {
    const opened = [cell({ executionCount: 5, outputs: 1 })];
    expect(story(opened, opened, [recorded()], 2500)).toBe(0);
  });

  it('leaves out cells that were run or cleared since', () => {
    const opened = [cell({ executionCount: 1, outputs: 1 })];
    expect(story(opened, [cell({ executionCount: 4, outputs: 1 })])).toBe(0);
    expect(story(opened, [cell()])).toBe(0);
  });

  it('takes white space at the end for nothing', () => {
    expect(story([cell({ source: 'slow()\n' })])).toBe(1);
  });
});

describe('LostOutputModel', () => {
  it('asks again until the run that goes on is over', async () => {
    jest.useFakeTimers();
    const { events, emit } = eventStream();
    const live = new Live({ events });
    let goesOn = true;
    let found: RecordedOutput[] = [];
    const client = {
      getRecording: async () => ({ recording: goesOn }),
      listRecordedOutputs: jest.fn(async () => found)
    };
    let shown = [cell()];
    const model = new LostOutputModel({
      client: client as unknown as Client,
      live,
      path: 'a.ipynb',
      cells: () => shown
    });
    await model.open(1500);
    expect(model.lost).toHaveLength(0);

    goesOn = false;
    found = [recorded()];
    emit([{ kind: 'notebook_run', id: 'r' }]);
    await jest.advanceTimersByTimeAsync(200);
    expect(model.lost).toHaveLength(1);

    emit([{ kind: 'notebook_run', id: 's' }]);
    await jest.advanceTimersByTimeAsync(200);
    expect(client.listRecordedOutputs).toHaveBeenCalledTimes(2);

    shown = [cell({ executionCount: 3, outputs: 2 })];
    model.update();
    expect(model.lost).toHaveLength(0);
    model.dispose();
    live.dispose();
    jest.useRealTimers();
  });

  it('offers nothing without the server', async () => {
    const { events } = eventStream();
    const live = new Live({ events });
    const model = new LostOutputModel({
      client: {
        getRecording: () => Promise.reject(new Error('gone'))
      } as unknown as Client,
      live,
      path: 'a.ipynb',
      cells: () => [cell()]
    });
    await model.open(0);
    expect(model.lost).toHaveLength(0);
    model.dispose();
    live.dispose();
  });
});
