import { stylesOf } from '../../charts/styles';
import type { CandidateDetail } from '../../models/types';
import {
  curveNames,
  groupKeys,
  groupsOf,
  itemsOf,
  seriesOf
} from '../../views/compare/items';

const metric = (last: number | string, steps = 1) => ({
  last,
  steps,
  min: null,
  max: null,
  source: 'logged'
});
const candidate = (id: string, parts: object): CandidateDetail =>
  ({
    id,
    name: id,
    experiment: 'e',
    model_class: null,
    duration_s: null,
    params: {},
    metrics: {},
    tags: {},
    ...parts
  }) as unknown as CandidateDetail;

const candidates = [
  candidate('a', {
    params: {
      lr: { value: '1e-3' },
      kind: { value: 'relu' },
      no: { value: '' }
    },
    metrics: {
      loss: metric('NaN', 9),
      'system/cpu': metric(3, 9),
      lr: metric(1, 9)
    },
    tags: { team: 'x' }
  }),
  candidate('b', {
    params: { kind: { value: 'relu' } },
    metrics: { f1: metric(0.9) }
  }),
  candidate('c', {
    params: { kind: { value: 'tanh' } },
    metrics: { loss: metric(1, 4) }
  })
];
const styles = stylesOf(['a', 'b', 'c']);

describe('itemsOf', () => {
  it('reads numbers of params and words of metrics', () => {
    expect(itemsOf(candidates, styles)[0].values).toEqual({
      'params.lr': 0.001,
      'params.kind': 'relu',
      'params.no': '',
      'metrics.loss': NaN,
      'metrics.system/cpu': 3,
      'metrics.lr': 1
    });
  });
});

describe('seriesOf', () => {
  it('keeps the order of the candidates and leaves out those without points', () => {
    const point = { step: 0, time: 5, value: '-Infinity' };
    const found = seriesOf(
      { c: [point], a: [point], b: [] },
      candidates,
      styles
    );
    expect(found.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(found[0].points[0].value).toBe(-Infinity);
  });
});

describe('curveNames', () => {
  it('puts what most have first, schedules and the machine last', () => {
    expect(curveNames(candidates)).toEqual(['loss', 'lr', 'system/cpu']);
  });
});

describe('groups', () => {
  it('offers what some but not all share', () => {
    expect(groupKeys(candidates)).toEqual(['params.kind']);
  });

  it('puts candidates with one value together', () => {
    expect([...groupsOf(candidates, 'params.kind')]).toEqual([
      ['relu', ['a', 'b']],
      ['tanh', ['c']]
    ]);
    expect([...groupsOf(candidates, 'tags.team').keys()]).toEqual(['x', '–']);
  });
});
