import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { StatusGlyph } from '../shared/glyphs';
import { useModel } from '../shared/hooks';
import { ProblemView, Skeleton } from '../shared/problem';
import { formatNumber } from '../../format';
import type { DetailModel } from '../../models/detail';
import { numberOf } from '../../models/measure';

/** One candidate in full. */
export function DetailView(props: {
  model: DetailModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  useModel(model);
  const { candidate } = model;
  if (!candidate) {
    return model.problem ? (
      <ProblemView
        problem={model.problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
    ) : (
      <Skeleton rows={8} />
    );
  }
  return (
    <div className="jp-mlops-Detail">
      <h2>
        <StatusGlyph status={candidate.status} trans={trans} />
        {candidate.name}
      </h2>
      <h3>{trans.__('Metrics')}</h3>
      <dl>
        {Object.entries(candidate.metrics).map(([name, metric]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatNumber(numberOf(metric.last))}</dd>
          </div>
        ))}
      </dl>
      <h3>{trans.__('Params')}</h3>
      <dl>
        {Object.entries(candidate.params).map(([name, param]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{param.value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
