import { candidate, metric } from './fixtures';
import {
  columnOf,
  groupsOf,
  moved,
  rangeOf,
  spreadOf,
  valueOf
} from '../columns';

describe('columnOf and valueOf', () => {
  it('read ids whose names hold dots', () => {
    const row = candidate('a', {
      params: { 'model.depth': { value: '4' } },
      metrics: { f1: metric(0.5) }
    });
    expect(valueOf(row, columnOf('params.model.depth'))).toBe('4');
    expect(valueOf(row, columnOf('metrics.f1'))).toBe(0.5);
    expect(valueOf(row, columnOf('attributes.duration'))).toBe(1);
    expect(valueOf(row, columnOf('params.other'))).toBeNull();
  });
});

describe('moved', () => {
  it.each([
    ['a', 1, 'bac'],
    ['c', -2, 'cab'],
    ['a', -1, 'abc'],
    ['b', 9, 'acb']
  ])('moves %p by %p', (id, by, order) => {
    expect(moved(['a', 'b', 'c'], id, by).join('')).toBe(order);
  });
});

describe('groupsOf', () => {
  it('keeps the order of first appearance, and those without a value together', () => {
    const of = (id: string, lr?: string) =>
      candidate(id, {
        params: lr ? { lr: { value: lr } } : {}
      });
    const groups = groupsOf(
      [of('a', '1'), of('b'), of('c', '0.1'), of('d', '1')],
      'params.lr'
    );
    expect(
      groups.map(group => [group.value, group.candidates.map(row => row.id)])
    ).toEqual([
      ['1', ['a', 'd']],
      [null, ['b']],
      ['0.1', ['c']]
    ]);
  });
});

describe('spreadOf and rangeOf', () => {
  it('leave out what is missing or not finite', () => {
    expect(spreadOf([1, null, 3, NaN])).toEqual({
      mean: 2,
      deviation: expect.closeTo(Math.SQRT2),
      count: 2
    });
    expect(spreadOf([null])).toBeNull();
    expect(rangeOf([2, Infinity, 5])).toEqual({ low: 2, high: 5 });
    expect(rangeOf([2, 2])).toBeNull();
  });
});
