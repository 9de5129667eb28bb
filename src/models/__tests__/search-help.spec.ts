import { KEYS, candidate, metric } from './fixtures';
import type { Candidate } from '../../api/types';
import { isExpression } from '../query';
import { searchExamples } from '../search-help';

const ROWS = [0.7, 0.81, 0.9, 0.9567].map((f1, index) =>
  candidate(`c${index}`, {
    name: `Random forest ${index}`,
    metrics: { f1: metric(f1) },
    params: { hidden: { value: String(16 * (index + 1)), source: 'logged' } },
    tags: { 'mlops.notebook': 'a.ipynb', team: 'vision' }
  } as Partial<Candidate>)
);

const filters = (...of: Parameters<typeof searchExamples>) =>
  Object.fromEntries(
    searchExamples(...of).map(({ lesson, filter }) => [lesson, filter])
  );

describe('examples of a search', () => {
  it('are made of what the experiment has', () => {
    expect(filters(KEYS, ROWS)).toEqual({
      word: 'random',
      metric: 'metrics.f1 >= 0.81',
      range: 'metrics.f1 = 0.7..0.9',
      param: 'params.hidden = 16',
      several: "params.hidden in ('16', '32')",
      tag: "tags.team = 'vision'",
      fact: "attributes.status = 'FAILED'",
      either: '(metrics.f1 >= 0.81 or attributes.starred = 1)'
    });
  });

  it('are of a usual experiment where there is none yet', () => {
    expect(filters(null, [])).toMatchObject({
      word: 'forest',
      metric: 'metrics.accuracy >= 0.9',
      several: "params.optimizer in ('adam', 'sgd')",
      tag: "tags.team = 'vision'"
    });
  });

  it('go the useful way, quote odd names, and round so that they find', () => {
    const keys = {
      ...KEYS,
      primary_metric: { name: 'loss of test', direction: 'min' as const }
    };
    const rows = [0.12345, 0.12349].map(value =>
      candidate('c', { metrics: { 'loss of test': metric(value) } })
    );
    expect(filters(keys, rows)).toMatchObject({
      metric: 'metrics.`loss of test` <= 0.124',
      range: 'metrics.`loss of test` = 0.123..0.124'
    });
  });

  it('are all filters but the first', () => {
    const [word, ...others] = searchExamples(KEYS, ROWS);
    expect(isExpression(word.filter)).toBe(false);
    expect(others.every(({ filter }) => isExpression(filter))).toBe(true);
  });
});
