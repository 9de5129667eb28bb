import { stylesOf } from '../../charts/styles';
import type { IComparison } from '../../models/comparison';
import type { CandidateDetail } from '../../models/types';
import {
  curveNames,
  groupKeys,
  groupsOf,
  itemsOf,
  keysOf,
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

/** A comparison of three in which these rows differ. */
const comparison = {
  candidates: [
    candidate('a', { duration_s: 2 }),
    candidate('b', {}),
    candidate('c', {})
  ],
  groups: {
    params: [
      { name: 'lr', differs: true, values: { a: '1e-3', b: '0.1' } },
      { name: 'kind', differs: true, values: { a: 'relu', c: 'tanh' } },
      { name: 'no', differs: true, values: { a: '', b: '1' } },
      { name: 'seed', differs: false, values: { a: '1', b: '1', c: '1' } }
    ],
    metrics: [
      { name: 'loss', differs: true, values: { a: 'NaN', c: 1 } },
      { name: 'f1', differs: true, values: { b: 0.9 } }
    ]
  }
} as unknown as IComparison;

describe('keysOf', () => {
  it('names what differs, params first', () => {
    expect(keysOf(comparison)).toEqual([
      'params.lr',
      'params.kind',
      'params.no',
      'metrics.loss',
      'metrics.f1',
      'attributes.duration_s'
    ]);
  });
});

describe('itemsOf', () => {
  it('reads numbers of params and words of metrics', () => {
    const [a, b] = itemsOf(comparison, styles, keysOf(comparison));
    expect(a.values).toEqual({
      'params.lr': 0.001,
      'params.kind': 'relu',
      'params.no': '',
      'metrics.loss': NaN,
      'attributes.duration_s': 2
    });
    expect(b.values).toMatchObject({ 'params.lr': 0.1, 'metrics.f1': 0.9 });
  });

  it('reads nothing that is not asked for', () => {
    const [a] = itemsOf(comparison, styles, ['metrics.loss']);
    expect(Object.keys(a.values)).toEqual([
      'attributes.duration_s',
      'metrics.loss'
    ]);
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
    const counts = new Map([
      ['system/cpu', 3],
      ['lr', 2],
      ['f1', 1],
      ['loss', 2]
    ]);
    expect(curveNames(counts)).toEqual(['loss', 'f1', 'lr', 'system/cpu']);
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
