import * as React from 'react';

import { ChartBar } from './chart-bar';
import { useChartItems } from './chart-items';
import { CurvesSection } from './curves-section';
import { curveNames } from './items';
import { Legend } from './legend';
import type { ITabProps } from './parts';
import { RelationsSection } from './relations-section';
import { useInnerWidth } from '../shared/hooks';
import { Blank } from '../shared/problem';

/** Curves, parallel coordinates, scatter, bars and boxes of the compared candidates. */
export function ChartsTab(props: ITabProps): React.ReactElement {
  const { model, comparison, trans } = props;
  const [pointed, setPointed] = React.useState<string | null>(null);
  const scroller = React.useRef<HTMLDivElement>(null);
  const width = useInnerWidth(scroller);
  const chart = useChartItems(props);
  const curves = React.useMemo(
    () => curveNames(comparison.curves),
    [comparison]
  );
  return (
    <div className="jp-mlops-Charts">
      <ChartBar
        model={model}
        candidates={comparison.candidates}
        curves={curves.length}
        trans={trans}
      />
      <Legend {...props} pointed={pointed} point={setPointed} />
      <div ref={scroller} className="jp-mlops-Charts-scroll" tabIndex={-1}>
        {curves.length > 0 && (
          <CurvesSection
            {...props}
            curves={curves}
            pointed={pointed}
            width={width}
          />
        )}
        {chart.dimensions.length > 1 && (
          <RelationsSection {...props} chart={chart} width={width} />
        )}
        {!curves.length && chart.dimensions.length < 2 && (
          <Blank title={trans.__('Nothing to draw')}>
            <p>
              {trans.__(
                'These candidates share no metric or param that varies among them.'
              )}
            </p>
          </Blank>
        )}
      </div>
    </div>
  );
}
