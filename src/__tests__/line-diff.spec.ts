import { common, diffLines, diffWords } from '../models/line-diff';

const states = (a: string, b: string) =>
  diffLines(a, b).map(row => [
    row.state,
    row.a?.number ?? null,
    row.b?.number ?? null
  ]);

describe('diffLines', () => {
  it.each([
    [
      'equal texts',
      'x\ny',
      'x\ny',
      [
        ['equal', 1, 1],
        ['equal', 2, 2]
      ]
    ],
    [
      'a replaced line',
      'x\ny\nz',
      'x\nq\nz',
      [
        ['equal', 1, 1],
        ['changed', 2, 2],
        ['equal', 3, 3]
      ]
    ],
    [
      'an added line',
      'x\nz',
      'x\ny\nz',
      [
        ['equal', 1, 1],
        ['added', null, 2],
        ['equal', 2, 3]
      ]
    ],
    [
      'a removed line',
      'x\ny\nz',
      'x\nz',
      [
        ['equal', 1, 1],
        ['removed', 2, null],
        ['equal', 3, 2]
      ]
    ],
    ['nothing before', '', 'x', [['changed', 1, 1]]]
  ])('%s', (_, a, b, rows) => {
    expect(states(a, b)).toEqual(rows);
  });

  it('gives back both texts, whatever they are', () => {
    const letters = ['a', 'b', 'c', ''];
    for (let seed = 0; seed < 300; seed += 1) {
      const text = (salt: number) =>
        Array.from(
          { length: (seed * salt) % 9 },
          (_, index) => letters[(seed * (index + 3) * salt + index) % 4]
        ).join('\n');
      const [a, b] = [text(7), text(5)];
      const rows = diffLines(a, b);
      const side = (name: 'a' | 'b') =>
        rows.flatMap(row => (row[name] ? [row[name].text] : [])).join('\n');
      expect([side('a'), side('b')]).toEqual([a, b]);
      for (const row of rows) {
        expect(row.state === 'equal').toBe(
          row.a !== null && row.a.text === row.b?.text && row.state === 'equal'
        );
      }
    }
  });
});

describe('common', () => {
  it('finds the longest common subsequence', () => {
    const pairs = common([...'AGGTAB'], [...'GXTXAYB']);
    expect(pairs.map(([i]) => 'AGGTAB'[i]).join('')).toBe('GTAB');
  });

  it('does not try to align what is far too long', () => {
    const long = (salt: number) =>
      Array.from({ length: 3000 }, (_, index) => index * salt);
    expect(common([-1, ...long(2)], [-1, ...long(3)]).length).toBeGreaterThan(
      0
    );
  });
});

describe('diffWords', () => {
  it('marks only what changed inside a line', () => {
    const { a, b } = diffWords('rate = 0.01  # low', 'rate = 0.3  # low');
    expect(a.filter(part => part.changed)).toEqual([
      { text: '0.01', changed: true }
    ]);
    expect(b.filter(part => part.changed)).toEqual([
      { text: '0.3', changed: true }
    ]);
    expect(b.map(part => part.text).join('')).toBe('rate = 0.3  # low');
  });
});
