import type { ComparisonTable } from '../../api/types';
import { comparisonOf } from '../comparison';

const table = {
  candidates: [{ id: 'a' }, { id: 'b' }],
  groups: {
    metrics: [
      {
        name: 'loss',
        differs: true,
        direction: 'min',
        values: [0.5, 'NaN'],
        steps: [9, 1]
      },
      { name: 'f1', differs: true, direction: 'max', values: [0.8, null] }
    ],
    params: [{ name: 'note', differs: true, values: ['', null] }],
    data: [],
    code: [],
    environment: [],
    tags: []
  }
} as unknown as ComparisonTable;

describe('comparisonOf', () => {
  const comparison = comparisonOf(table, 'b');

  it('gives values by candidate, and tells missing from empty', () => {
    expect(comparison.baseline).toBe('b');
    expect(comparison.groups.params[0].values).toEqual({ a: '' });
    expect(comparison.groups.metrics[0]).toMatchObject({
      direction: 'min',
      values: { a: 0.5, b: 'NaN' }
    });
  });

  it('tells which metrics have curves', () => {
    expect([...comparison.curves]).toEqual([['loss', 1]]);
  });
});
