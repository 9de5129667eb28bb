import { bandsOption } from '../../charts/bands';
import { escapeHtml, tickText } from '../../charts/base';
import { curvesOption, lostToLog } from '../../charts/options';
import type { ICurveChoices } from '../../charts/options';
import { DARK, LIGHT, styleOf } from '../../charts/styles';
import type { IChartTheme } from '../../charts/theme';
import type { ISeries } from '../../charts/types';

const theme: IChartTheme = {
  dark: false,
  text: '#000',
  muted: '#666',
  line: '#ddd',
  background: '#fff',
  accent: '#00f',
  accentSoft: 'rgba(0, 0, 0, 0.1)',
  font: 'sans-serif',
  colours: LIGHT
};
const choices: ICurveChoices = {
  axis: 'step',
  logX: false,
  logY: false,
  smoothing: 0
};
const series = (values: number[], name = 'one'): ISeries => ({
  id: name,
  name,
  style: styleOf(1),
  points: values.map((value, step) => ({ step, time: step * 1000, value }))
});

interface IDrawn {
  id: string;
  type: string;
  data: unknown[];
  lineStyle: { color: string; type: unknown; opacity?: number };
}

const draw = (
  list: ISeries[],
  change: Partial<ICurveChoices> = {},
  range: { from: number; to: number } | null = null
) => {
  const option = curvesOption({
    series: list,
    choices: { ...choices, ...change },
    theme,
    range,
    xName: 'step',
    more: count => `and ${count} more`
  });
  const byId = new Map(
    (option.series as IDrawn[]).map(drawn => [drawn.id, drawn])
  );
  return { option: option as Record<string, never>, byId };
};

describe('curvesOption', () => {
  it('draws each candidate in its colour and dash', () => {
    const { byId } = draw([series([3, 2, 1])]);
    expect(byId.get('one')).toMatchObject({
      type: 'line',
      data: [
        [0, 3],
        [1, 2],
        [2, 1]
      ],
      lineStyle: { color: LIGHT[1], type: [7, 3] }
    });
  });

  it('keeps the raw line faint below a smoothed one', () => {
    const { byId } = draw([series([4, 0, 4, 0])], { smoothing: 0.6 });
    expect(byId.get('one:raw')?.data).toEqual([
      [0, 4],
      [1, 0],
      [2, 4],
      [3, 0]
    ]);
    expect(byId.get('one:raw')?.lineStyle.opacity).toBeLessThan(0.5);
    expect(byId.get('one')?.data).not.toEqual(byId.get('one:raw')?.data);
  });

  it('draws no raw line without smoothing', () => {
    expect(draw([series([1, 2])]).byId.has('one:raw')).toBe(false);
  });

  it('marks NaN and infinities where the curve breaks', () => {
    const { byId } = draw([series([2, NaN, Infinity, 1])]);
    expect(byId.get('one')?.data[1]).toEqual([1, null]);
    expect(byId.get('signs')?.data).toEqual([
      expect.objectContaining({ value: [1, 2], name: 'one: NaN' }),
      expect.objectContaining({ value: [2, 2], name: 'one: ∞' })
    ]);
  });

  it('leaves out what a logarithmic axis cannot hold, and counts it', () => {
    const curve = series([1, 0, -1, 10]);
    const log = { ...choices, logY: true };
    expect(draw([curve], log).byId.get('one')?.data).toEqual([
      [0, 1],
      [1, null],
      [2, null],
      [3, 10]
    ]);
    expect(lostToLog([curve], log)).toBe(2);
    expect(lostToLog([curve], choices)).toBe(0);
  });

  it('shows the zoomed stretch', () => {
    const { option } = draw([series([1, 2, 3])], {}, { from: 0.5, to: 1.5 });
    expect(option.xAxis).toMatchObject({ min: 0.5, max: 1.5 });
  });

  it('writes names into tooltips as text', () => {
    const { option } = draw([series([1], '<b onload=x>')]);
    const { formatter } = option.tooltip as {
      formatter: (items: unknown[]) => string;
    };
    const html = formatter([
      { seriesId: '<b onload=x>', seriesName: '<b onload=x>', value: [0, 1] }
    ]);
    expect(html).toContain('&lt;b onload=x&gt;');
    expect(html).not.toContain('<b onload');
  });

  it('counts the curves that a tooltip has no room for', () => {
    const many = Array.from({ length: 15 }, (_, index) =>
      series([1], `curve ${index}`)
    );
    const { option } = draw(many);
    const { formatter } = option.tooltip as {
      formatter: (items: unknown[]) => string;
    };
    expect(
      formatter(
        many.map(({ id }) => ({ seriesId: id, seriesName: id, value: [0, 1] }))
      )
    ).toContain('and 3 more');
  });

  it('takes the colours of the theme', () => {
    const option = curvesOption({
      series: [series([1])],
      choices,
      theme: { ...theme, colours: DARK },
      range: null,
      xName: 'step',
      more: String
    });
    expect((option.series as IDrawn[])[0].lineStyle.color).toBe(DARK[1]);
  });
});

describe('bandsOption', () => {
  it('draws a mean over its band', () => {
    const option = bandsOption({
      groups: [
        {
          name: 'relu',
          style: styleOf(0),
          points: [{ x: 0, mean: 2, sd: 0.5, count: 3 }]
        }
      ],
      choices,
      theme,
      range: null,
      xName: 'step'
    });
    const [band, mean] = option.series as IDrawn[];
    expect(band).toMatchObject({ type: 'custom', data: [[0, 1.5, 2.5]] });
    expect(mean).toMatchObject({ name: 'relu', data: [[0, 2, 0.5, 3]] });
  });
});

describe('tickText', () => {
  it.each([
    [0, '0'],
    [0.1 + 0.2, '0.3'],
    [-2.5, '−2.5'],
    [20000, '2e4'],
    [0.0005, '5e−4']
  ])('writes %p as %p', (value, text) => {
    expect(tickText(value)).toBe(text);
  });
});

test('escapeHtml leaves no markup', () => {
  expect(escapeHtml(`<a href="x">'&`)).toBe(
    '&lt;a href=&quot;x&quot;&gt;&#39;&amp;'
  );
});
