import { BANDS, bandOf, stretchesOf } from '../../charts/contour';
import { scatterOption } from '../../charts/scatter';
import { LIGHT, SCALE, scaleColour, styleOf } from '../../charts/styles';
import type { IChartTheme } from '../../charts/theme';

const LINEAR = { x: false, y: false };
const corners = [
  { x: 1, y: 1, value: 0 },
  { x: 100, y: 1, value: 1 },
  { x: 1, y: 3, value: 0 },
  { x: 100, y: 3, value: 1 }
];

/** The band at a place. */
function bandAt(
  stretches: ReturnType<typeof stretchesOf>,
  x: number,
  y: number
): number | undefined {
  return stretches.find(
    one => one.x[0] <= x && x <= one.x[1] && one.y[0] <= y && y <= one.y[1]
  )?.band;
}

describe('stretchesOf', () => {
  it('takes near a candidate its value, and between two of them the mean', () => {
    const stretches = stretchesOf(corners, LINEAR);
    expect(bandAt(stretches, 1.1, 1.01)).toBe(0);
    expect(bandAt(stretches, 99.9, 2.99)).toBe(BANDS - 1);
    expect(bandAt(stretches, 51, 2)).toBe(bandOf(0.5));
  });

  it('covers the plane once', () => {
    const area = stretchesOf(corners, LINEAR)
      .map(({ x, y }) => (x[1] - x[0]) * (y[1] - y[0]))
      .reduce((sum, part) => sum + part, 0);
    expect(area).toBeCloseTo(99 * 2);
  });

  it('counts distances as they are seen on logarithmic axes', () => {
    const stretches = stretchesOf(corners, { x: true, y: false });
    expect(bandAt(stretches, 10.2, 2)).toBe(bandOf(0.5));
  });

  it.each([
    ['nobody', []],
    ['one candidate', corners.slice(0, 1)],
    ['candidates on a line', corners.slice(0, 2)],
    ['equal values', corners.map(knot => ({ ...knot, value: 1 }))]
  ])('paints nothing of %s', (_, knots) => {
    expect(stretchesOf(knots, LINEAR)).toEqual([]);
  });
});

test('colours go along the scale', () => {
  expect(scaleColour(0, false)).toBe('rgb(75, 63, 153)');
  expect(scaleColour(1, true)).toBe('rgb(255, 228, 92)');
  expect(scaleColour(7, false)).toBe(scaleColour(1, false));
  expect(SCALE.light).toHaveLength(SCALE.dark.length);
});

test('a scatter has the colours of a third value, and its plane behind', () => {
  const dimension = (name: string) => ({ key: name, label: name });
  const items = corners.map(({ x, y, value }, index) => ({
    id: `${index}`,
    name: `${index}`,
    style: styleOf(index),
    values: { x, y, value }
  }));
  const { series } = scatterOption({
    items: [...items, { ...items[0], values: { x: 5, y: 2 } }],
    x: dimension('x'),
    y: dimension('y'),
    z: dimension('value'),
    logX: false,
    logY: false,
    contour: true,
    theme: { colours: LIGHT, dark: false } as unknown as IChartTheme
  }) as unknown as {
    series: { id: string; data: { itemStyle: { color: string } }[] }[];
  };
  expect(series.map(({ id }) => id)).toEqual(['plane', 'candidates']);
  // Without the value nobody has a colour.
  expect(series[1].data.map(({ itemStyle }) => itemStyle.color)).toEqual(
    [0, 1, 0, 1].map(share => scaleColour(share, false))
  );
});
