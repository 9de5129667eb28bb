import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Chart } from '../../charts/chart';
import type { IChartTheme } from '../../charts/theme';
import { versionsOption, versionsTable } from '../../charts/versions';
import type { VersionModel } from '../../models/version';

const HEIGHT = 180;

/** One metric over all versions of a model. */
export function History(props: {
  model: VersionModel;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, trans } = props;
  const names = model.sharedMetrics;
  const [chosen, setChosen] = React.useState<string | null>(null);
  const metric = chosen !== null && names.includes(chosen) ? chosen : names[0];
  const points = model.history(metric ?? '');
  const key = JSON.stringify(points);
  const option = React.useCallback(
    (theme: IChartTheme) =>
      versionsOption({ points, current: model.number, metric, theme }),
    [key, metric]
  );
  if (!metric || points.length < 2) {
    return null;
  }
  return (
    <section aria-label={trans.__('Over versions')}>
      <Chart
        title={trans.__('%1 over versions', metric)}
        summary={trans.__('%1 of %2 versions', metric, points.length)}
        option={option}
        table={() => versionsTable(points, metric, trans.__('version'))}
        height={HEIGHT}
        settings={
          <select
            className="jp-mlops-Dropdown"
            aria-label={trans.__('Metric')}
            value={metric}
            onChange={event => setChosen(event.target.value)}
          >
            {names.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        }
        trans={trans}
      />
    </section>
  );
}
