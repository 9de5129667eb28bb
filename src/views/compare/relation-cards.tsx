import type { TranslationBundle } from '@jupyterlab/translation';
import type { ECharts } from 'echarts/core';
import * as React from 'react';

import { AxisSelect } from './axis-select';
import type { ITabProps } from './parts';
import { Chart } from '../../charts/chart';
import { sortedBy } from '../../charts/dimensions';
import { barsOption, scatterOption } from '../../charts/relations';
import { itemsTable } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';
import type { IDimension, IItem } from '../../charts/types';

const HEIGHT = 300;
/** Bars that are drawn; all are in the table. */
const MOST_BARS = 40;

type RelationProps = ITabProps & {
  items: readonly IItem[];
  dimensions: readonly IDimension[];
  /** What else can be chosen. */
  others: readonly IDimension[];
};

/** Candidates over two metrics or params; clicking a mark opens the candidate. */
export function ScatterCard(props: RelationProps): React.ReactElement {
  const { model, items, dimensions, others, actions, trans } = props;
  const {
    scatterX,
    scatterY,
    scatterLogX: logX,
    scatterLogY: logY
  } = model.charts;
  const first = React.useMemo(() => firstAxes(items, dimensions), []);
  const x = dimensions.find(({ key }) => key === scatterX) ?? first.x;
  const y = dimensions.find(({ key }) => key === scatterY) ?? first.y;
  const option = React.useCallback(
    (theme: IChartTheme) => scatterOption({ items, x, y, logX, logY, theme }),
    [items, x, y, logX, logY]
  );
  const onReady = useOpening(actions.openCandidate);
  return (
    <Chart
      title={trans.__('Scatter')}
      summary={trans.__(
        '%1 over %2, %3 candidates',
        y.label,
        x.label,
        items.length
      )}
      option={option}
      table={() =>
        itemsTable(items, [x, y], { candidate: trans.__('candidate') })
      }
      height={HEIGHT}
      onReady={onReady}
      settings={
        <>
          <AxisSelect
            label={trans.__('x')}
            dimensions={dimensions}
            others={others}
            value={x.key}
            onChange={scatterX => model.setCharts({ scatterX })}
            trans={trans}
          />
          <Log
            label={trans.__('Scatter: log x')}
            checked={logX}
            onChange={scatterLogX => model.setCharts({ scatterLogX })}
            trans={trans}
          />
          <AxisSelect
            label={trans.__('y')}
            dimensions={dimensions}
            others={others}
            value={y.key}
            onChange={scatterY => model.setCharts({ scatterY })}
            trans={trans}
          />
          <Log
            label={trans.__('Scatter: log y')}
            checked={logY}
            onChange={scatterLogY => model.setCharts({ scatterLogY })}
            trans={trans}
          />
        </>
      }
      trans={trans}
    />
  );
}

/** One metric of every candidate, the largest first. */
export function BarsCard(props: RelationProps): React.ReactElement {
  const { model, items, dimensions, others, comparison, actions, trans } =
    props;
  const dimension =
    dimensions.find(({ key }) => key === model.charts.bars) ?? dimensions[0];
  const sorted = React.useMemo(
    () => sortedBy(items, dimension),
    [items, dimension]
  );
  const shown = React.useMemo(() => sorted.slice(0, MOST_BARS), [sorted]);
  const { baseline } = comparison;
  const option = React.useCallback(
    (theme: IChartTheme) =>
      barsOption({
        items: shown,
        dimension,
        baseline: { id: baseline, label: trans.__('baseline') },
        theme
      }),
    [shown, dimension, baseline, trans]
  );
  const onReady = useOpening(actions.openCandidate);
  return (
    <Chart
      title={trans.__('Bars')}
      summary={trans.__('%1 of %2 candidates', dimension.label, sorted.length)}
      option={option}
      table={() =>
        itemsTable(sorted, [dimension], { candidate: trans.__('candidate') })
      }
      height={Math.max(HEIGHT, 40 + shown.length * 17)}
      onReady={onReady}
      settings={
        <AxisSelect
          label={trans.__('Metric')}
          dimensions={dimensions}
          others={others}
          value={dimension.key}
          onChange={bars => model.setCharts({ bars })}
          trans={trans}
        />
      }
      footer={
        sorted.length > shown.length
          ? trans.__('The %1 largest of %2', shown.length, sorted.length)
          : undefined
      }
      trans={trans}
    />
  );
}

/** The param with most values, and a metric: what is asked most often. */
function firstAxes(
  items: readonly IItem[],
  dimensions: readonly IDimension[]
): { x: IDimension; y: IDimension } {
  const numbers = dimensions.filter(({ categories }) => !categories);
  const spread = ({ key }: IDimension) =>
    new Set(items.map(({ values }) => values[key])).size;
  const [x = dimensions[0]] = numbers
    .filter(({ key }) => key.startsWith('params.'))
    .sort((a, b) => spread(b) - spread(a));
  const y = numbers.find(
    dimension => dimension !== x && dimension.key.startsWith('metrics.')
  );
  return { x, y: y ?? dimensions.find(one => one !== x) ?? x };
}

/** Clicking what stands for a candidate opens it. */
function useOpening(open: (id: string) => void) {
  return React.useCallback(
    (chart: ECharts) => {
      const onClick = (event: { data?: unknown }) => {
        const id = (event.data as { id?: string } | undefined)?.id;
        if (id) {
          open(id);
        }
      };
      chart.on('click', onClick);
      return () => {
        if (!chart.isDisposed()) {
          chart.off('click', onClick);
        }
      };
    },
    [open]
  );
}

function Log(props: {
  label: string;
  checked: boolean;
  onChange: (on: boolean) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  return (
    <label className="jp-mlops-Chart-control" title={props.label}>
      <input
        type="checkbox"
        aria-label={props.label}
        checked={props.checked}
        onChange={event => props.onChange(event.target.checked)}
      />
      {props.trans.__('log')}
    </label>
  );
}
