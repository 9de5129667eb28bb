import { settle } from './fixtures';
import { Sequence } from '../sequence';

describe('Sequence', () => {
  it('makes calls during a run one further run', async () => {
    const waiting: (() => void)[] = [];
    const sequence = new Sequence(
      () => new Promise<void>(resolve => waiting.push(resolve))
    );
    const first = sequence.run();
    const second = sequence.run();
    const third = sequence.run();
    expect(second).toBe(third);
    expect(waiting).toHaveLength(1);

    waiting[0]();
    await first;
    await settle();
    expect(waiting).toHaveLength(2);
    waiting[1]();
    await second;
  });

  it('runs again after a failure', async () => {
    let runs = 0;
    const sequence = new Sequence(async () => {
      runs += 1;
      if (runs === 1) {
        throw new Error('first');
      }
    });
    const first = sequence.run();
    const second = sequence.run();
    await expect(first).rejects.toThrow('first');
    await second;
    expect(runs).toBe(2);
  });
});
