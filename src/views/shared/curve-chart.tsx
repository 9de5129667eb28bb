import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Swatch } from './swatch';
import { bandsOption } from '../../charts/bands';
import type { IChartProps } from '../../charts/chart';
import { Chart } from '../../charts/chart';
import { bandOf, stepsWithin } from '../../charts/curves';
import type { ICurveChoices } from '../../charts/options';
import { curvesOption, lostToLog } from '../../charts/options';
import { styleOf } from '../../charts/styles';
import { curvesTable } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';
import type { IRange, ISeries, XAxis } from '../../charts/types';
import { formatNumber } from '../../format';
import type { SeriesModel } from '../../models/series';

/** What an x axis is called. */
function axisName(axis: XAxis, trans: TranslationBundle): string {
  switch (axis) {
    case 'step':
      return trans.__('step');
    case 'relative':
      return trans.__('time since start');
    case 'wall':
      return trans.__('time');
  }
}

interface ICurveChartProps {
  model: SeriesModel;
  series: readonly ISeries[];
  /** Ids by group, to draw means with bands; null: each its own. */
  groups: ReadonlyMap<string, string[]> | null;
  choices: ICurveChoices;
  height: number;
  highlighted?: string | null;
  trans: TranslationBundle;
}

/** The chart of one metric's curves; zooming asks for finer points. */
export function CurveChart(props: ICurveChartProps): React.ReactElement {
  const { model, series, groups, choices, trans } = props;
  const { axis } = choices;
  const xName = axisName(axis, trans);
  const { range, zoom } = useRange(model, series, axis);
  const option = useOption({ series, groups, choices, range, xName, trans });
  return (
    <Chart
      title={model.metric}
      summary={summaryOf(series, xName, trans)}
      option={option}
      table={() =>
        curvesTable(series, axis, {
          x: xName,
          candidate: trans.__('candidate'),
          value: model.metric
        })
      }
      height={props.height}
      highlighted={groups ? null : props.highlighted}
      onZoom={zoom}
      busy={model.busy}
      controls={
        range && (
          <button
            type="button"
            className="jp-mlops-LinkButton"
            onClick={() => zoom(null)}
          >
            {trans.__('Reset zoom')}
          </button>
        )
      }
      footer={footerOf(props)}
      trans={trans}
    />
  );
}

/** The stretch of the x axis that is zoomed to; null: all of it. */
function useRange(
  model: SeriesModel,
  series: readonly ISeries[],
  axis: XAxis
): { range: IRange | null; zoom: (wanted: IRange | null) => void } {
  const [range, setRange] = React.useState<IRange | null>(null);
  // A stretch of steps says nothing about seconds.
  React.useEffect(() => {
    setRange(null);
    void model.zoom(null);
  }, [model, axis]);
  const zoom = React.useCallback(
    (wanted: IRange | null) => {
      setRange(wanted);
      const steps = wanted && stepsWithin(series, axis, wanted);
      void model.zoom(
        steps && { from: Math.floor(steps.from), to: Math.ceil(steps.to) }
      );
    },
    [series, axis, model]
  );
  return { range, zoom };
}

/** The drawing: each curve, or the means of groups with bands. */
function useOption(
  props: Pick<ICurveChartProps, 'series' | 'groups' | 'choices' | 'trans'> & {
    range: IRange | null;
    xName: string;
  }
): IChartProps['option'] {
  const { series, groups, range, xName, trans } = props;
  const { axis, logX, logY, smoothing } = props.choices;
  return React.useCallback(
    (theme: IChartTheme) => {
      const common = {
        choices: { axis, logX, logY, smoothing },
        theme,
        range,
        xName
      };
      if (!groups) {
        const more = (count: number) =>
          trans._n('and %1 more', 'and %1 more', count);
        return curvesOption({ series, more, ...common });
      }
      const bands = [...groups].map(([name, ids], index) => ({
        name,
        style: styleOf(index),
        points: bandOf(
          series.filter(({ id }) => ids.includes(id)),
          axis
        )
      }));
      return bandsOption({ groups: bands, ...common });
    },
    [series, groups, axis, logX, logY, smoothing, range, xName, trans]
  );
}

/** Below the drawing: what went wrong, what the bands are, what is not drawn. */
function footerOf(props: ICurveChartProps): React.ReactNode {
  const { model, series, groups, choices, trans } = props;
  if (model.problem) {
    return <span role="alert">{model.problem.message}</span>;
  }
  if (groups) {
    return <GroupLegend names={[...groups.keys()]} trans={trans} />;
  }
  const lost = lostToLog(series, choices);
  return lost > 0
    ? trans._n(
        '%1 point is not positive and has no place on a logarithmic axis',
        '%1 points are not positive and have no place on a logarithmic axis',
        lost
      )
    : undefined;
}

function GroupLegend(props: {
  names: readonly string[];
  trans: TranslationBundle;
}): React.ReactElement {
  return (
    <span className="jp-mlops-Charts-groups">
      {props.names.map((name, index) => (
        <span key={name}>
          <Swatch style={styleOf(index)} />
          {name || props.trans.__('empty')}
        </span>
      ))}
      <span>{props.trans.__('mean ± standard deviation')}</span>
    </span>
  );
}

/** A chart in one sentence. */
function summaryOf(
  series: readonly ISeries[],
  xName: string,
  trans: TranslationBundle
): string {
  const last = series
    .map(({ points }) => points[points.length - 1]?.value)
    .filter(value => value !== undefined && Number.isFinite(value));
  const count = trans._n(
    '%1 curve over %2',
    '%1 curves over %2',
    series.length,
    xName
  );
  return last.length
    ? `${count}, ${trans.__(
        'ending between %1 and %2',
        formatNumber(Math.min(...last)),
        formatNumber(Math.max(...last))
      )}`
    : count;
}
