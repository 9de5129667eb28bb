import type { ECharts } from 'echarts/core';
import * as React from 'react';

import { ColourScale } from './colour-scale';
import { DimensionPicker } from './dimension-picker';
import type { ITabProps } from './parts';
import { Chart } from '../../charts/chart';
import type { Ranges } from '../../charts/dimensions';
import { closed, inRanges } from '../../charts/dimensions';
import { parallelOption } from '../../charts/parallel';
import { keepSelectionStyle } from '../../charts/selections';
import { itemsTable } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';
import type { IDimension, IItem } from '../../charts/types';

/** Axes shown before any are chosen. */
const AXES = 7;
/** As many lines are told apart one by one, as in the legend; of more, colours tell how they came out. */
const MOST_APART = 12;

/** Parallel coordinates: dragging along an axis keeps the candidates inside, in all tabs. */
export function ParallelCard(
  props: ITabProps & {
    items: readonly IItem[];
    dimensions: readonly IDimension[];
    /** What else can be chosen. */
    others: readonly IDimension[];
    /** Pixels. */
    height: number;
  }
): React.ReactElement {
  const { model, items, dimensions, trans } = props;
  const [ranges, setRanges] = React.useState<Ranges>({});
  const keys = model.charts.axes ?? firstOf(dimensions);
  const axes = React.useMemo(
    () =>
      keys
        .map(key => dimensions.find(dimension => dimension.key === key))
        .filter((found): found is IDimension => found !== undefined),
    [dimensions, keys.join('\n')]
  );
  const visible = React.useMemo(
    () => items.filter(({ id }) => !model.isHidden(id)),
    [items, items.map(({ id }) => model.isHidden(id)).join()]
  );
  const last = axes[axes.length - 1];
  const colourBy =
    visible.length > MOST_APART && last && !last.categories ? last : null;

  const brush = (next: Ranges) => {
    const active = Object.values(next).some(list => list.length);
    setRanges(active ? next : {});
    model.setBrushed(
      active
        ? items
            .filter(item => inRanges(item, dimensions, next))
            .map(({ id }) => id)
        : null
    );
  };
  // The engine's chart outlives drawings: what it calls is the latest.
  const latest = React.useRef({ brush, ranges, axes, items });
  latest.current = { brush, ranges, axes, items };

  const onReady = React.useCallback((chart: ECharts) => {
    const onSelect = (event: unknown) => {
      const { parallelAxisId, intervals } = event as ISelection;
      if (parallelAxisId === undefined) {
        return;
      }
      latest.current.brush({
        ...latest.current.ranges,
        [parallelAxisId]: intervals.map(([from, to]) => ({ from, to }))
      });
    };
    chart.on('axisareaselected', onSelect);
    const stop = keepSelectionStyle(chart);
    return () => {
      stop();
      if (!chart.isDisposed()) {
        chart.off('axisareaselected', onSelect);
      }
    };
  }, []);
  // A new drawing knows nothing of what was selected in the one before.
  const onDrawn = React.useCallback((chart: ECharts) => {
    const { axes, items, ranges } = latest.current;
    for (const axis of axes) {
      const list = ranges[axis.key] ?? [];
      if (list.length) {
        chart.dispatchAction(
          {
            type: 'axisAreaSelect',
            parallelAxisId: axis.key,
            intervals: list
              .map(range => closed(range, items, axis))
              .map(({ from, to }) => [from, to])
          },
          { silent: true }
        );
      }
    }
    if (Object.keys(ranges).length) {
      // The engine shows the rectangle of a selection that it was told of only when it draws again.
      chart.resize({ silent: true });
    }
  }, []);

  // Only markers are drawn anew for it: lines fade by themselves.
  const inside = colourBy ? null : model.brushed;
  const option = React.useCallback(
    (theme: IChartTheme) =>
      parallelOption({
        items: visible,
        dimensions: axes,
        theme,
        colourBy: colourBy?.key ?? null,
        inside
      }),
    [visible, axes, colourBy, inside]
  );
  // Somebody showed all again: the selection on the axes goes too.
  const [resets, setResets] = React.useState(0);
  const cleared = model.brushed === null;
  React.useEffect(() => {
    if (cleared && Object.keys(latest.current.ranges).length) {
      setRanges({});
      setResets(count => count + 1);
    }
  }, [cleared]);
  const listed = visible.filter(({ id }) => model.brushed?.has(id) ?? true);

  return (
    <Chart
      key={resets}
      title={trans.__('Parallel coordinates')}
      summary={trans._n(
        '%1 candidate over %2 axes',
        '%1 candidates over %2 axes',
        visible.length,
        axes.length
      )}
      option={option}
      table={() =>
        itemsTable(listed, axes, {
          candidate: trans.__('candidate')
        })
      }
      height={props.height}
      onReady={onReady}
      onDrawn={onDrawn}
      controls={
        <DimensionPicker
          dimensions={dimensions}
          others={props.others}
          chosen={keys}
          choose={axes => model.setCharts({ axes: [...axes] })}
          ranges={ranges}
          brush={next => {
            brush(next);
            setResets(count => count + 1);
          }}
          trans={trans}
        />
      }
      footer={
        <>
          {trans.__(
            'Drag along an axis to keep the candidates inside it, in all tabs; click the axis to let them go.'
          )}
          {colourBy && <ColourScale label={colourBy.label} trans={trans} />}
        </>
      }
      trans={trans}
    />
  );
}

/** What the engine tells of a selection on an axis. */
interface ISelection {
  parallelAxisId?: string;
  intervals: [number, number][];
}

/** Params first, then metrics, the primary ones last: where lines end is what came out. */
function firstOf(dimensions: readonly IDimension[]): string[] {
  const params = dimensions.filter(({ key }) => key.startsWith('params.'));
  const metrics = dimensions.filter(
    ({ key, label }) =>
      key.startsWith('metrics.') && !label.startsWith('system/')
  );
  return [
    ...params.slice(0, Math.max(AXES - 3, AXES - metrics.length)),
    ...metrics.slice(0, Math.max(3, AXES - params.length)).reverse()
  ].map(({ key }) => key);
}
