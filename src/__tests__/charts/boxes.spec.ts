import { boxOf, boxesOption, boxesTable } from '../../charts/boxes';
import { LIGHT, styleOf } from '../../charts/styles';
import type { IChartTheme } from '../../charts/theme';
import type { IItem } from '../../charts/types';

const theme = { colours: LIGHT, dark: false } as unknown as IChartTheme;
const f1 = { key: 'metrics.f1', label: 'f1' };
const item = (id: string, value?: number): IItem => ({
  id,
  name: id,
  style: styleOf(0),
  values: value === undefined ? {} : { 'metrics.f1': value }
});
const groups = [
  { name: '16', items: [item('a', 1), item('b', 2), item('c', 4)] },
  { name: '48', items: [item('d')] }
];

describe('boxOf', () => {
  it.each([
    [
      [1, 2, 3, 4, 5],
      { low: 1, lower: 2, median: 3, upper: 4, high: 5, count: 5 }
    ],
    // Between two values: as far along the line between them.
    [
      [4, 1, 2, 3],
      { low: 1, lower: 1.75, median: 2.5, upper: 3.25, high: 4, count: 4 }
    ],
    // An outlier is beyond the whiskers.
    [
      [1, 2, 3, 4, 40],
      { low: 1, lower: 2, median: 3, upper: 4, high: 4, count: 5 }
    ],
    [[7], { low: 7, lower: 7, median: 7, upper: 7, high: 7, count: 1 }],
    [[NaN, Infinity], null]
  ])('of %j is %j', (values, box) => {
    expect(boxOf(values)).toEqual(box);
  });
});

interface IOption {
  series: { data: { id?: string; value: number[] }[] }[];
}

test('every candidate with a value has its mark in its group', () => {
  const { series } = boxesOption({
    groups,
    by: 'hidden',
    dimension: f1,
    theme
  }) as unknown as IOption;
  expect(series[0].data).toEqual([[0, 1, 1.5, 2, 3, 4], [1]]);
  expect(
    series[1].data.map(({ id, value }) => [id, Math.round(value[0]), value[1]])
  ).toEqual([
    ['a', -0, 1],
    ['b', -0, 2],
    ['c', 0, 4]
  ]);
});

test('the table has a row a group', () => {
  const words = {
    group: 'hidden',
    count: 'candidates',
    low: 'low',
    lower: 'lower',
    median: 'median',
    upper: 'upper',
    high: 'high'
  };
  const { columns, rows } = boxesTable(groups, f1, words);
  expect(columns.map(({ label }) => label)).toEqual(Object.values(words));
  expect(rows).toEqual([
    ['16', 3, 1, 1.5, 2, 3, 4],
    ['48', null, null, null, null, null, null]
  ]);
});
