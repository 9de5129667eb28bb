import type { NotebookParameter } from '../../api/types';
import { readLiteral } from '../literal';
import { RunForm } from '../run-form';

function parameter(
  name: string,
  kind: NotebookParameter['kind'],
  text: string
): NotebookParameter {
  return { name, kind, text, tagged: false };
}

const PARAMETERS = [
  parameter('lr', 'number', '0.1'),
  parameter('depth', 'integer', '5'),
  parameter('kernel', 'text', 'rbf'),
  parameter('layers', 'tuple', '(64, 32)')
];

describe('readLiteral', () => {
  it.each([
    ['0.1', 0.1],
    [' -1e-3 ', -0.001],
    ['1_000', 1000],
    ['.5', 0.5],
    ['None', null],
    ['true', true],
    ["'it\\'s \\u00e9 \\\\d'", "it's é \\d"],
    ['[1, "a", [True]]', [1, 'a', [true]]],
    ['(64, 32)', [64, 32]],
    ['(3,)', [3]],
    ['(3)', 3],
    ["{'a': 1, 'b': (2,)}", { a: 1, b: [2] }],
    ['[]', []]
  ])('reads %s', (text, value) => {
    expect(readLiteral(text)).toEqual({ value });
  });

  it.each([
    ['', 'empty'],
    ['sqrt', 'word'],
    ['np.inf', 'word'],
    ['[1, 2', 'unfinished'],
    ["'a", 'unfinished'],
    ['1 2', 'no-literal'],
    ['0x10', 'no-literal'],
    ['{1: 2}', 'no-literal'],
    ['12345678901234567890', 'inexact'],
    ['1e999', 'inexact']
  ])('says why %s is none', (text, problem) => {
    expect(readLiteral(text)).toEqual({ problem });
  });
});

describe('RunForm', () => {
  it('asks for what is changed, and for nothing else', () => {
    const form = new RunForm({ parameters: PARAMETERS, grid: false });
    expect(form.complete).toBe(false);
    form.type(0, '0.3');
    form.type(2, 'poly, not a list');
    expect(form.complete).toBe(true);
    expect(form.request).toEqual({
      parameters: { lr: 0.3, kernel: 'poly, not a list' }
    });
    form.type(0, '0.1');
    expect(form.request).toEqual({
      parameters: { kernel: 'poly, not a list' }
    });
  });

  it('wants quotes around words where numbers are, and says that the type is another', () => {
    const form = new RunForm({ parameters: PARAMETERS, grid: false });
    form.type(1, 'sqrt');
    expect(form.fields[1].problem).toBe('word');
    expect(form.complete).toBe(false);
    form.type(1, '"sqrt"');
    expect(form.fields[1]).toMatchObject({ problem: null, otherType: true });
    expect(form.complete).toBe(true);
    form.type(1, '7');
    expect(form.fields[1].otherType).toBe(false);
  });

  it('counts the combinations of a grid', () => {
    const form = new RunForm({ parameters: PARAMETERS, grid: true });
    form.type(0, '0.1, 0.3, 0.3');
    form.type(2, 'rbf, poly');
    form.type(3, '(16,), (8, 8)');
    form.type(1, '9');
    expect(form.count).toBe(8);
    expect(form.request).toEqual({
      parameters: { depth: 9 },
      grid: {
        lr: [0.1, 0.3],
        kernel: ['rbf', 'poly'],
        layers: [[16], [8, 8]]
      },
      parallel: 2
    });
    form.type(1, Array.from({ length: 60 }, (_, n) => n).join(','));
    expect(form.complete).toBe(false);
  });
});
