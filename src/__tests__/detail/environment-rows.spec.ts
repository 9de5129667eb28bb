import { nullTranslator } from '@jupyterlab/translation';

import { environmentRows } from '../../views/detail/environment-rows';

const trans = nullTranslator.load('jupyterlab_mlops');
const lines = (candidate: Parameters<typeof environmentRows>[0]) =>
  environmentRows(candidate, trans).map(({ name, value }) => [name, value]);

describe('environmentRows()', () => {
  it('names the repository and the machine, and keeps what else is known', () => {
    const candidate = {
      git: { commit: 'abc', branch: null, dirty: false, untracked: 0 },
      details: {
        hardware: {
          machine: 'x86_64',
          cpus: 64,
          memory_bytes: 270_000_000_000,
          gpus: [
            'NVIDIA A100, 40960 MiB, 535.1',
            'NVIDIA A100, 40960 MiB, 535.1',
            'NVIDIA T4, 15360 MiB, 535.1'
          ]
        },
        seeds: { numpy: 1, random_state: [7, 8] },
        model: { flavor: 'mlflow.sklearn', signature: {} },
        other: [{ a: 1 }],
        slice: ['a']
      }
    };
    expect(lines(candidate)).toEqual([
      ['Commit', 'abc'],
      ['Uncommitted changes', 'no'],
      ['Untracked files', '0'],
      ['Architecture', 'x86_64'],
      ['CPUs', '64'],
      ['Memory', '270 GB'],
      ['GPUs', '2 × NVIDIA A100, NVIDIA T4'],
      ['Model format', 'mlflow.sklearn'],
      ['Seeds', 'numpy 1, random_state 7,8'],
      ['other', '[{"a":1}]']
    ]);
    const gpus = environmentRows(candidate, trans).find(
      ({ name }) => name === 'GPUs'
    );
    expect(gpus?.title).toContain('NVIDIA T4, 15360 MiB');
  });

  it('leaves out what nobody knows', () => {
    expect(lines({ git: {}, details: { hardware: { cpus: 2 } } })).toEqual([
      ['CPUs', '2']
    ]);
    expect(lines({ git: {} })).toEqual([]);
  });
});
