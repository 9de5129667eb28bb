import type { ECharts } from 'echarts/core';
import * as React from 'react';

import type { Ranges } from '../../charts/dimensions';
import { closed, inRanges } from '../../charts/dimensions';
import { keepSelectionStyle } from '../../charts/selections';
import type { IDimension, IItem } from '../../charts/types';
import type { CompareModel } from '../../models/compare';

/** What the engine tells of a selection on an axis. */
interface ISelection {
  parallelAxisId?: string;
  intervals: [number, number][];
}

/** What is selected on the axes, and how the engine's chart is kept to it. */
export interface IAxisSelection {
  ranges: Ranges;
  /** Select other stretches than by dragging. */
  select: (ranges: Ranges) => void;
  /** Grows when the chart must be made anew: it knows nothing of the selection any more. */
  resets: number;
  onReady: (chart: ECharts) => () => void;
  onDrawn: (chart: ECharts) => void;
}

/** Stretches of axes: candidates inside all of them are kept, in all tabs. */
export function useAxisSelection(
  model: CompareModel,
  items: readonly IItem[],
  dimensions: readonly IDimension[],
  axes: readonly IDimension[]
): IAxisSelection {
  const [ranges, setRanges] = React.useState<Ranges>({});
  const [resets, setResets] = React.useState(0);
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
    showRanges(chart, axes, items, ranges);
  }, []);

  // Somebody showed all again: the selection on the axes goes too.
  const cleared = model.brushed === null;
  React.useEffect(() => {
    if (cleared && Object.keys(latest.current.ranges).length) {
      setRanges({});
      setResets(count => count + 1);
    }
  }, [cleared]);

  return {
    ranges,
    select: next => {
      brush(next);
      setResets(count => count + 1);
    },
    resets,
    onReady,
    onDrawn
  };
}

/** Let the engine's chart show what is selected. */
function showRanges(
  chart: ECharts,
  axes: readonly IDimension[],
  items: readonly IItem[],
  ranges: Ranges
): void {
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
}
