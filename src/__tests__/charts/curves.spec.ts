import { bandOf, smooth, stepsWithin, xOf } from '../../charts/curves';
import { styleOf, stylesOf } from '../../charts/styles';
import type { ISeries } from '../../charts/types';

const series = (id: string, values: number[], start = 0): ISeries => ({
  id,
  name: id,
  style: styleOf(0),
  points: values.map((value, step) => ({
    step,
    time: start + step * 2000,
    value
  }))
});

describe('xOf', () => {
  it.each([
    ['step', 3],
    ['relative', 6],
    ['wall', 1_006_000]
  ] as const)('places a point by %s', (axis, x) => {
    const point = { step: 3, time: 1_006_000, value: 1 };
    expect(xOf(point, axis, 1_000_000)).toBe(x);
  });
});

describe('smooth', () => {
  it('leaves a constant curve as it is, from its first point', () => {
    expect(smooth([2, 2, 2], 0.9)).toEqual([
      expect.closeTo(2),
      expect.closeTo(2),
      expect.closeTo(2)
    ]);
  });

  it('skips what is not finite and goes on after it', () => {
    const [first, broken, last] = smooth([1, NaN, 3], 0.5);
    expect(first).toBeCloseTo(1);
    expect(broken).toBeNaN();
    expect(last).toBeCloseTo(7 / 3);
  });

  it('does nothing with weight 0', () => {
    expect(smooth([1, 5, 2], 0)).toEqual([1, 5, 2]);
  });
});

describe('stepsWithin', () => {
  it('takes one point more at each side', () => {
    const curve = series('a', [0, 1, 2, 3, 4, 5, 6]);
    expect(stepsWithin([curve], 'step', { from: 2.5, to: 4.5 })).toEqual({
      from: 2,
      to: 5
    });
  });

  it('finds the steps of a stretch of time', () => {
    const curve = series('a', [0, 1, 2, 3, 4, 5, 6], 9_000);
    expect(stepsWithin([curve], 'relative', { from: 4, to: 6 })).toEqual({
      from: 1,
      to: 4
    });
  });

  it('is null where no curve is', () => {
    const curve = series('a', [0, 1]);
    expect(stepsWithin([curve], 'step', { from: 9, to: 12 })).toBeNull();
  });
});

describe('bandOf', () => {
  it('gives mean and standard deviation over the curves that are there', () => {
    const band = bandOf([series('a', [1, 1, 1]), series('b', [3, 3])], 'step');
    expect(band).toEqual([
      { x: 0, mean: 2, sd: Math.SQRT2, count: 2 },
      { x: 1, mean: 2, sd: Math.SQRT2, count: 2 },
      { x: 2, mean: 1, sd: 0, count: 1 }
    ]);
  });

  it('draws a straight line between points of curves with other steps', () => {
    const sparse: ISeries = {
      ...series('b', []),
      points: [
        { step: 0, time: 0, value: 0 },
        { step: 2, time: 4000, value: 4 }
      ]
    };
    const band = bandOf([series('a', [0, 2, 4]), sparse], 'step');
    expect(band.map(({ mean, sd }) => [mean, sd])).toEqual([
      [0, 0],
      [2, 0],
      [4, 0]
    ]);
  });

  it('leaves out what is not finite', () => {
    const band = bandOf([series('a', [1, NaN, 3])], 'step');
    expect(band.map(({ x }) => x)).toEqual([0, 2]);
  });
});

describe('stylesOf', () => {
  const ids = Array.from({ length: 40 }, (_, index) => `candidate ${index}`);

  it('uses every colour before it uses one twice', () => {
    const colours = [...stylesOf(ids.slice(0, 8)).values()].map(
      style => style.colour
    );
    expect(new Set(colours).size).toBe(8);
  });

  it('tells candidates of one colour apart by dash or marker', () => {
    const looks = [...stylesOf(ids.slice(0, 32)).values()].map(
      ({ colour, dash, marker }) => `${colour} ${dash} ${marker}`
    );
    expect(new Set(looks).size).toBe(32);
  });

  it('gives a candidate the same style whoever comes after it', () => {
    const few = stylesOf(ids.slice(0, 3));
    const many = stylesOf(ids);
    for (const [id, style] of few) {
      expect(many.get(id)).toEqual(style);
    }
  });
});
