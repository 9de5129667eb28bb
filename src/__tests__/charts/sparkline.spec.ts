import { sparkPath } from '../../charts/sparkline';

describe('sparkPath', () => {
  it('goes from the first value to the last, large ones on top', () => {
    expect(sparkPath([0, 1, 0.5], 20, 10)).toBe('M0.0 10.0L10.0 0.0L20.0 5.0');
  });

  it('has a gap where a value is not finite', () => {
    expect(sparkPath([0, NaN, 1], 20, 10)).toBe('M0.0 10.0M20.0 0.0');
  });

  it('is a level line when nothing changes, and nothing without values', () => {
    expect(sparkPath([3, 3], 20, 10)).toBe('M0.0 5.0L20.0 5.0');
    expect(sparkPath([NaN], 20, 10)).toBe('');
  });
});
