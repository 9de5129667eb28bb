import { markdownOf } from '../../models/markdown';
import type { CandidateDetail, Comparison } from '../../models/types';
import type { Fold } from '../../views/compare/rows';
import { bestIn, differenceLines } from '../../views/compare/rows';

const comparison = {
  baseline: 'a',
  candidates: [
    { id: 'b', name: 'second | try' },
    { id: 'a', name: 'first' }
  ],
  groups: {
    metrics: [
      {
        name: 'loss',
        direction: 'min',
        differs: true,
        values: { a: 0.5, b: 0.25 }
      },
      {
        name: 'steps',
        direction: 'max',
        differs: false,
        values: { a: 3, b: 3 }
      }
    ],
    params: [{ name: 'note', differs: true, values: { a: '' } }],
    data: [],
    code: [],
    environment: [
      { name: 'numpy', differs: false, values: { a: '2', b: '2' } }
    ],
    tags: []
  }
} as unknown as Comparison;

const lines = (change: Partial<Parameters<typeof differenceLines>[1]>) =>
  differenceLines(comparison, {
    ids: ['b', 'a'],
    differencesOnly: true,
    search: '',
    folded: new Set(),
    ...change
  });
const names = (found: ReturnType<typeof lines>) =>
  found.lines.map(line =>
    line.kind === 'group' ? `${line.group} ${line.count}` : line.row.name
  );

describe('differenceLines', () => {
  it('leaves out equal rows, and says how many', () => {
    const found = lines({});
    expect(names(found)).toEqual(['metrics 1', 'loss', 'params 1', 'note']);
    expect(found.hidden).toBe(2);
  });

  it('shows all rows when asked to', () => {
    const found = lines({ differencesOnly: false });
    expect(names(found)).toContain('numpy');
    expect(found.hidden).toBe(0);
  });

  it('looks only at the candidates in sight', () => {
    expect(names(lines({ ids: ['b'] }))).toEqual([]);
  });

  it('finds rows by words of their names', () => {
    expect(names(lines({ search: 'LO' }))).toEqual(['metrics 1', 'loss']);
  });

  it('puts params that nobody set below a heading of their own', () => {
    const unset = {
      name: 'tol',
      differs: true,
      unset: true,
      values: { a: '0.1' }
    };
    const withDefaults = {
      ...comparison,
      groups: {
        ...comparison.groups,
        params: [...comparison.groups.params, unset]
      }
    } as Comparison;
    const shown = (folded: ReadonlySet<Fold>, search = '') =>
      names(
        differenceLines(withDefaults, {
          ids: ['b', 'a'],
          differencesOnly: true,
          search,
          folded
        })
      ).slice(-2);
    expect(shown(new Set(['defaults']))).toEqual(['note', 'defaults 1']);
    expect(shown(new Set())).toEqual(['defaults 1', 'tol']);
    expect(shown(new Set(['defaults']), 'tol')).toEqual(['defaults 1', 'tol']);
  });

  it('keeps the heading of a folded group', () => {
    expect(names(lines({ folded: new Set(['metrics'] as const) }))).toEqual([
      'metrics 1',
      'params 1',
      'note'
    ]);
  });
});

describe('bestIn', () => {
  const row = (direction: string | undefined, values: object) =>
    ({ name: 'x', differs: true, direction, values }) as never;

  it.each([
    ['max', { a: 1, b: 2 }, 'b'],
    ['min', { a: 1, b: 2 }, 'a'],
    ['max', { a: 1, b: 'NaN' }, null],
    ['max', { a: 1, b: 1 }, null],
    [undefined, { a: 1, b: 2 }, null]
  ])('%s of %j is %p', (direction, values, best) => {
    expect(bestIn(row(direction, values))).toBe(best);
  });
});

describe('markdownOf', () => {
  const titles = {
    metrics: 'Metrics',
    params: 'Params',
    data: 'Data',
    code: 'Code',
    environment: 'Environment',
    tags: 'Tags'
  };
  const write = (all?: boolean) =>
    markdownOf(
      comparison,
      comparison.candidates as CandidateDetail[],
      { titles, baseline: 'baseline', name: 'Name' },
      all
    );

  it('writes what differs, the baseline first; missing is not empty', () => {
    expect(write()).toBe(
      [
        '### Metrics',
        '',
        '| Name | first (baseline) | second \\| try |',
        '| --- | ---: | ---: |',
        '| loss | 0.5000 | 0.2500 (▲ −0.2500, −50.0 %) |',
        '',
        '### Params',
        '',
        '| Name | first (baseline) | second \\| try |',
        '| --- | --- | --- |',
        '| note | "" | – |',
        ''
      ].join('\n')
    );
  });

  it('writes equal rows too when asked to', () => {
    expect(write(true)).toContain('| numpy | 2 | 2 |');
  });
});
