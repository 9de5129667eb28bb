import type { Chip } from '../query';
import { filterOf, isExpression, orderOf } from '../query';

describe('filterOf', () => {
  it.each<[string, Chip[], string]>([
    ['', [], ''],
    ['  forest ', [], "'forest'"],
    ['lr 0.1→0.03', [], "'lr' '0.1→0.03'"],
    ["it's", [], "'it''s'"],
    ['metrics.f1 > 0.9', [], 'metrics.f1 > 0.9'],
    ['', ['finished'], "attributes.status = 'FINISHED'"],
    ['', ['finished', 'failed'], ''],
    ['', ['notebook'], ''],
    ['forest', ['starred'], "'forest' and attributes.starred = 1"],
    [
      'metrics.f1 > 0.9 or params.lr = 1',
      ['verified', 'failed'],
      "(metrics.f1 > 0.9 or params.lr = 1) and attributes.status IN ('FAILED', 'KILLED') and attributes.verified = 1"
    ]
  ])('makes %p with %p into %p', (text, chips, filter) => {
    expect(filterOf(text, new Set(chips))).toBe(filter);
  });
});

describe('isExpression', () => {
  it.each([
    ['random forest', false],
    ['in the end', false],
    ['metrics.f1 > 1', true],
    ["params.lr in ('a')", true],
    ["name like 'a%'", true],
    ['params.lr 0.1..0.3', true]
  ])('takes %p for one: %p', (text, expected) => {
    expect(isExpression(text)).toBe(expected);
  });
});

describe('orderOf', () => {
  it('quotes names that are no identifiers', () => {
    expect(orderOf(null)).toBeUndefined();
    expect(orderOf({ key: 'metrics.f1', descending: true })).toBe(
      'metrics.f1 DESC'
    );
    expect(orderOf({ key: 'metrics.f1:y test.x', descending: false })).toBe(
      'metrics.`f1:y test.x` ASC'
    );
  });
});
