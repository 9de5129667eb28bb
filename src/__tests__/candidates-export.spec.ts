import { nullTranslator } from '@jupyterlab/translation';

import { candidate, metric } from '../models/__tests__/fixtures';
import { NO_CHOICES } from '../models/choices';
import { exportTable } from '../views/candidates/export';

const trans = nullTranslator.load('jupyterlab_mlops');

describe('exportTable', () => {
  it('has the columns in sight, as they were recorded', () => {
    const rows = [
      candidate('a', {
        start_time: 0,
        params: { lr: { value: '1e-3' } },
        metrics: { loss: { ...metric(0.5), min: 0.25, steps: 9 } }
      }),
      candidate('b', { start_time: null, status: 'FAILED' })
    ];
    const model = {
      choices: { ...NO_CHOICES, aggregates: { loss: 'best' as const } },
      directionOf: () => 'min' as const
    };
    const shown = ['attributes.start_time', 'metrics.loss', 'params.lr'];
    const table = exportTable(rows, shown, model, trans);
    expect(table.columns.map(({ label }) => label)).toEqual([
      'Id',
      'Candidate',
      'Status',
      'Started',
      'loss',
      'lr'
    ]);
    expect(table.rows).toEqual([
      ['a', 'a', 'FINISHED', '1970-01-01T00:00:00.000Z', 0.25, '1e-3'],
      ['b', 'b', 'FAILED', null, null, null]
    ]);
  });
});
