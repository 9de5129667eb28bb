import * as React from 'react';

import { useAxisSelection } from './axis-selection';
import { ColourScale } from './colour-scale';
import { DimensionPicker } from './dimension-picker';
import type { ITabProps } from './parts';
import { Chart } from '../../charts/chart';
import { parallelOption } from '../../charts/parallel';
import { itemsTable } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';
import type { IDimension, IItem } from '../../charts/types';
import type { CompareModel } from '../../models/compare';

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
  const keys = model.charts.axes ?? firstOf(dimensions);
  const axes = useAxes(dimensions, keys);
  const visible = useVisible(model, items);
  const last = axes[axes.length - 1];
  const colourBy =
    visible.length > MOST_APART && last && !last.categories ? last : null;

  const selection = useAxisSelection(model, items, dimensions, axes);

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
  const listed = visible.filter(({ id }) => model.brushed?.has(id) ?? true);

  return (
    <Chart
      key={selection.resets}
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
      onReady={selection.onReady}
      onDrawn={selection.onDrawn}
      controls={
        <DimensionPicker
          dimensions={dimensions}
          others={props.others}
          chosen={keys}
          choose={axes => model.setCharts({ axes: [...axes] })}
          ranges={selection.ranges}
          brush={selection.select}
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

/** The axes of keys, in their order. */
function useAxes(
  dimensions: readonly IDimension[],
  keys: readonly string[]
): IDimension[] {
  return React.useMemo(
    () =>
      keys
        .map(key => dimensions.find(dimension => dimension.key === key))
        .filter((found): found is IDimension => found !== undefined),
    [dimensions, keys.join('\n')]
  );
}

/** The candidates that are not hidden in the legend. */
function useVisible(model: CompareModel, items: readonly IItem[]): IItem[] {
  return React.useMemo(
    () => items.filter(({ id }) => !model.isHidden(id)),
    [items, items.map(({ id }) => model.isHidden(id)).join()]
  );
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
