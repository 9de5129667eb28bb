import { nullTranslator } from '@jupyterlab/translation';

import {
  formatAge,
  formatDelta,
  formatDuration,
  formatNumber,
  formatPercent,
  formatSize
} from '../format';

const trans = nullTranslator.load('jupyterlab_mlops');

describe('formatNumber', () => {
  it.each([
    [null, '–'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
    [0, '0'],
    [3, '3'],
    [0.91428571, '0.9143'],
    [-0.5, '−0.5000'],
    [12.3456, '12.346'],
    [123.456, '123.46'],
    [1234.56, '1234.6'],
    [0.0001234, '1.23e−4'],
    [12345678, '1.23e7']
  ])('writes %p as %p', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('formatDelta and formatPercent', () => {
  it('carry their sign', () => {
    expect(formatDelta(0.021)).toBe('+0.0210');
    expect(formatDelta(-0.021)).toBe('−0.0210');
    expect(formatPercent(3.14)).toBe('+3.1 %');
    expect(formatPercent(-250)).toBe('−250 %');
  });
});

describe('formatAge', () => {
  const now = 1_700_000_000_000;
  it.each([
    [10_000, 'now'],
    [5 * 60_000, '5 min'],
    [3 * 3_600_000, '3 h'],
    [49 * 3_600_000, '2 d']
  ])('tells %p ms as %p', (age, text) => {
    expect(formatAge(now - age, now, trans)).toBe(text);
  });

  it('is never in the future', () => {
    expect(formatAge(now + 60_000, now, trans)).toBe('now');
  });
});

describe('formatDuration', () => {
  it.each([
    [0.42, '0.4 s'],
    [12.4, '12 s'],
    [185, '3 min 05 s'],
    [7800, '2 h 10 min']
  ])('tells %p s as %p', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [2_000_000_000, '2.0 GB']
  ])('tells %p bytes as %p', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
