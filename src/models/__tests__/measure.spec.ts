import { candidate, metric } from './fixtures';
import type { Candidate } from '../../api/types';
import {
  bestFirst,
  bestOf,
  deltaOf,
  deltasInTime,
  knownInTime,
  metricOf,
  numberOf
} from '../measure';

describe('numberOf', () => {
  it('reads what JSON cannot write', () => {
    expect(numberOf('NaN')).toBeNaN();
    expect(numberOf('-Infinity')).toBe(-Infinity);
    expect(numberOf(null)).toBeNull();
    expect(numberOf(0)).toBe(0);
  });
});

describe('metricOf', () => {
  const series = candidate('a', {
    metrics: { loss: { ...metric(0.5), min: 0.2, max: 0.9 } }
  });

  it.each([
    ['last', 0.5],
    ['min', 0.2],
    ['max', 0.9],
    ['best', 0.2]
  ] as const)('gives the %s value', (aggregate, value) => {
    expect(metricOf(series, 'loss', aggregate, 'min')).toBe(value);
  });

  it('has nothing where nothing was measured', () => {
    expect(metricOf(series, 'f1')).toBeNull();
  });
});

describe('deltaOf', () => {
  it('knows which way is better', () => {
    expect(deltaOf(0.9, 0.8, 'max')?.better).toBe(true);
    expect(deltaOf(0.9, 0.8, null)?.better).toBeNull();
    expect(deltaOf(0.9, 0.8, 'min')?.better).toBe(false);
    expect(deltaOf(0.9, 0.9, 'min')?.better).toBeNull();
    expect(deltaOf(NaN, 0.9, 'min')).toBeNull();
  });
});

describe('deltasInTime', () => {
  it('compares with the candidate that started before, in any order of rows', () => {
    const rows = [
      candidate('third', { start_time: 3, metrics: { f1: metric(0.7) } }),
      candidate('first', { start_time: 1, metrics: { f1: metric(0.5) } }),
      candidate('none', { start_time: 2 }),
      candidate('second', { start_time: 2, metrics: { f1: metric(0.8) } })
    ];
    const deltas = deltasInTime(rows, 'f1', 'max');
    expect([...deltas.keys()]).toEqual(['second', 'third']);
    expect(deltas.get('third')).toEqual({
      absolute: expect.closeTo(-0.1),
      better: false
    });
  });
});

describe('bestFirst', () => {
  it('puts what was not measured last', () => {
    const rows = [
      candidate('none'),
      candidate('nan', { metrics: { loss: metric('NaN') } }),
      candidate('a', { metrics: { loss: metric(0.3) } }),
      candidate('b', { metrics: { loss: metric(0.1) } })
    ];
    const order = (direction: 'max' | 'min') =>
      bestFirst(rows, 'loss', direction).map(row => row.id);
    expect(order('min')).toEqual(['b', 'a', 'none', 'nan']);
    expect(order('max')).toEqual(['a', 'b', 'none', 'nan']);
  });
});

describe('bestOf', () => {
  it('passes over what is not finite', () => {
    const rows = [
      candidate('nan', { metrics: { loss: metric('NaN') } }),
      candidate('a', { metrics: { loss: metric(0.3) } }),
      candidate('b', { metrics: { loss: metric(0.1) } })
    ];
    const loss = (row: Candidate) => metricOf(row, 'loss');
    expect(bestOf(rows, 'min', loss)).toBe('b');
    expect(bestOf(rows, null, loss)).toBeNull();
    expect(bestOf([], 'min', loss)).toBeNull();
  });
});

describe('knownInTime()', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(id => candidate(id));

  it('is every row once all are loaded, in any order', () => {
    expect(knownInTime([b, a, c], false)).toEqual([b, a, c]);
  });

  it('ends at the first hole of a list by time', () => {
    expect(knownInTime([c, b, undefined, a], true)).toEqual([c, b]);
  });

  it('is nobody while another order has holes', () => {
    expect(knownInTime([c, undefined, a], false)).toEqual([]);
  });
});
