import * as React from 'react';

import { groupsOf, seriesOf } from './items';
import type { ITabProps } from './parts';
import { CurveChart } from '../shared/curve-chart';
import { useModel } from '../shared/hooks';
import { useInSight } from '../shared/in-sight';
import type { SeriesModel } from '../../models/series';

/** Pixels of a card above its drawing. */
const HEAD = 34;

/** The curves of one metric, asked for when the card comes in sight. */
export function CurveCard(
  props: ITabProps & { metric: string; pointed: string | null; height: number }
): React.ReactElement {
  const { model, metric, height, trans } = props;
  const card = React.useRef<HTMLDivElement>(null);
  const inSight = useInSight(card);
  const [series, setSeries] = React.useState<SeriesModel | null>(null);
  React.useEffect(() => {
    if (!inSight) {
      return;
    }
    const opened = model.openSeries(metric);
    setSeries(opened);
    return () => opened.dispose();
  }, [model, metric, inSight]);
  return (
    <div ref={card} className="jp-mlops-Charts-card">
      {series ? (
        <Curves {...props} series={series} />
      ) : (
        <div
          className="jp-mlops-Chart-waiting"
          style={{ height: height + HEAD }}
          role="img"
          aria-busy="true"
          aria-label={trans.__('Loading %1', metric)}
        />
      )}
    </div>
  );
}

function Curves(
  props: ITabProps & {
    metric: string;
    pointed: string | null;
    height: number;
    series: SeriesModel;
  }
): React.ReactElement {
  const { model, series, styles, trans } = props;
  useModel(series);
  const { shown, charts } = model;
  const key = shown.map(({ id, name }) => id + name).join();
  const drawn = React.useMemo(
    () => (series.series ? seriesOf(series.series, shown, styles) : []),
    [series.series, key, styles]
  );
  const groups = React.useMemo(
    () => (charts.group ? groupsOf(shown, charts.group) : null),
    [charts.group, key]
  );
  return (
    <CurveChart
      model={series}
      series={drawn}
      groups={groups}
      choices={charts}
      height={props.height}
      highlighted={props.pointed}
      trans={trans}
    />
  );
}
