import {
  closed,
  dimensionsOf,
  inRanges,
  sortedBy
} from '../../charts/dimensions';
import { barsOption } from '../../charts/bars';
import { parallelOption } from '../../charts/parallel';
import { scatterOption } from '../../charts/scatter';
import { LIGHT, styleOf } from '../../charts/styles';
import { curvesTable, itemsTable, toCsv } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';
import type { IItem } from '../../charts/types';
import { moved } from '../../charts/zoom';

const theme = { colours: LIGHT, dark: false } as unknown as IChartTheme;
const item = (name: string, values: IItem['values']): IItem => ({
  id: name,
  name,
  style: styleOf(0),
  values
});
const items = [
  item('a', { 'params.lr': 0.1, 'params.kind': 'relu', 'metrics.f1': 0.8 }),
  item('b', { 'params.lr': 0.3, 'params.kind': 'tanh', 'metrics.f1': 0.9 }),
  item('c', { 'params.lr': 0.3, 'params.kind': 'relu', 'metrics.f1': NaN }),
  item('d', { 'params.lr': 1, 'params.same': 1 })
];
const dimensions = dimensionsOf(items, key => key.split('.')[1]);
const [lr, kind, f1] = dimensions;

describe('dimensionsOf', () => {
  it('makes axes of numbers and of words, none of what never varies', () => {
    expect(dimensions).toEqual([
      { key: 'params.lr', label: 'lr' },
      { key: 'params.kind', label: 'kind', categories: ['relu', 'tanh'] },
      { key: 'metrics.f1', label: 'f1' }
    ]);
  });

  it('makes no axis of too many words', () => {
    const many = Array.from({ length: 5 }, (_, index) =>
      item(`${index}`, { 'params.path': `file ${index}` })
    );
    expect(dimensionsOf(many, key => key, 4)).toEqual([]);
  });
});

describe('inRanges', () => {
  const names = (ranges: Parameters<typeof inRanges>[2]) =>
    items.filter(one => inRanges(one, dimensions, ranges)).map(one => one.name);

  it.each([
    [{}, ['a', 'b', 'c', 'd']],
    [{ 'params.lr': [] }, ['a', 'b', 'c', 'd']],
    [{ 'params.lr': [{ from: 0.2, to: 0.5 }] }, ['b', 'c']],
    [{ 'params.kind': [{ from: -0.4, to: 0.4 }] }, ['a', 'c']],
    // Without a value, or with NaN, nobody is inside.
    [{ 'metrics.f1': [{ from: 0, to: 1 }] }, ['a', 'b']],
    [
      {
        'params.lr': [
          { from: 0, to: 0.1 },
          { from: 0.9, to: 2 }
        ]
      },
      ['a', 'd']
    ],
    [
      {
        'params.lr': [{ from: 0.2, to: 0.5 }],
        'params.kind': [{ from: 0.6, to: 1.4 }]
      },
      ['b']
    ]
  ])('%j leaves %j', (ranges, left) => {
    expect(names(ranges)).toEqual(left);
  });

  it('closes open ends at the axis', () => {
    expect(closed({ from: -Infinity, to: 0.5 }, items, lr)).toEqual({
      from: 0.1,
      to: 0.5
    });
  });
});

interface ISeriesOption {
  series: { data: { value: unknown; name?: string }[]; markLine?: unknown }[];
}

describe('parallelOption', () => {
  it('has one line a candidate, with gaps where it has no value', () => {
    const { series, parallelAxis } = parallelOption({
      items,
      dimensions,
      theme,
      colourBy: null
    }) as unknown as ISeriesOption & { parallelAxis: { id: string }[] };
    expect(series[0].data.map(({ value }) => value)).toEqual([
      [0.1, 0, 0.8],
      [0.3, 1, 0.9],
      [0.3, 0, '-'],
      [1, '-', '-']
    ]);
    expect(parallelAxis.map(({ id }) => id)).toEqual(
      dimensions.map(({ key }) => key)
    );
  });

  const drawn = (change: { colourBy?: string; inside?: Set<string> }) =>
    parallelOption({
      items: items.map((one, index) => ({ ...one, style: styleOf(index) })),
      dimensions,
      theme,
      colourBy: null,
      ...change
    }) as unknown as ISeriesOption & { visualMap?: unknown };

  it('draws candidates as the legend does, with a marker where a line ends', () => {
    const { series, visualMap } = drawn({ inside: new Set(['a']) });
    expect(visualMap).toBeUndefined();
    expect(series[0].data[1]).toMatchObject({
      lineStyle: { color: LIGHT[1], type: [7, 3] }
    });
    expect(series[1].data).toMatchObject([
      { value: [0, 0.8], symbol: 'circle', itemStyle: { opacity: 1 } },
      // Outside what is selected it fades with its line.
      { value: [0, 0.9], symbol: 'rect', itemStyle: { opacity: 0.06 } },
      { value: [0, '-'] },
      { value: [0, '-'] }
    ]);
  });

  it('colours lines by a value instead', () => {
    const { series, visualMap } = drawn({ colourBy: 'params.lr' });
    expect(visualMap).toMatchObject({ dimension: 0, min: 0.1, max: 1 });
    expect(series).toHaveLength(1);
    expect(series[0].data[1]).not.toHaveProperty('lineStyle');
  });
});

describe('scatterOption', () => {
  it('leaves out candidates without one of the values', () => {
    const { series } = scatterOption({
      items,
      x: kind,
      y: f1,
      logX: false,
      logY: false,
      theme
    }) as unknown as ISeriesOption;
    expect(series[0].data.map(({ name, value }) => [name, value])).toEqual([
      ['a', [0, 0.8]],
      ['b', [1, 0.9]]
    ]);
  });
});

describe('barsOption', () => {
  it('puts the largest on top and the baseline as a line', () => {
    expect(sortedBy(items, f1).map(({ name }) => name)).toEqual(['b', 'a']);
    const { series } = barsOption({
      items,
      dimension: f1,
      baseline: { id: 'a', label: 'baseline' },
      theme
    }) as unknown as ISeriesOption;
    // ECharts draws the last category on top.
    expect(series[0].data.map(({ value }) => value)).toEqual([0.8, 0.9]);
    expect(series[0].markLine).toMatchObject({ data: [{ xAxis: 0.8 }] });
  });
});

describe('tables', () => {
  const words = { x: 'step', candidate: 'candidate', value: 'loss' };
  const curve = (name: string, steps: number[]) => ({
    id: name,
    name,
    style: styleOf(0),
    points: steps.map(step => ({ step, time: 0, value: step / 10 }))
  });

  it('puts few curves side by side, by x', () => {
    const table = curvesTable(
      [curve('a', [0, 2]), curve('b', [1, 2])],
      'step',
      words
    );
    expect(table.columns.map(({ label }) => label)).toEqual(['step', 'a', 'b']);
    expect(table.rows).toEqual([
      [0, 0, null],
      [1, null, 0.1],
      [2, 0.2, 0.2]
    ]);
  });

  it('lists many curves below each other', () => {
    const many = Array.from({ length: 31 }, (_, index) =>
      curve(`c${index}`, [0])
    );
    const table = curvesTable(many, 'step', words);
    expect(table.rows).toHaveLength(31);
    expect(table.rows[30]).toEqual(['c30', 0, 0]);
  });

  it('has one row a candidate', () => {
    expect(itemsTable(items, [lr, kind], words).rows[3]).toEqual([
      'd',
      1,
      null
    ]);
  });

  it('writes CSV that no spreadsheet runs', () => {
    const csv = toCsv({
      columns: [
        { label: 'name', numeric: false },
        { label: 'a,b', numeric: true }
      ],
      rows: [
        ['=cmd()', 1.5],
        ['say "hi"', null],
        ['two\nlines', -3]
      ]
    });
    expect(csv).toBe(
      'name,"a,b"\r\n\'=cmd(),1.5\r\n"say ""hi""",\r\n"two\nlines",-3\r\n'
    );
  });
});

test('zooming moves the middle and scales the length', () => {
  expect(moved({ from: 0, to: 100 }, 0, 0.5)).toEqual({ from: 25, to: 75 });
  expect(moved({ from: 0, to: 100 }, 0.25, 1)).toEqual({ from: 25, to: 125 });
});
