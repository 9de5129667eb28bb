import * as React from 'react';

import { itemsOf, keysOf, labelOf } from './items';
import type { ITabProps } from './parts';
import { dimensionsOf } from '../../charts/dimensions';
import type { IDimension, IItem } from '../../charts/types';
import type { IChartChoices } from '../../models/compare';

/** Axes that parallel coordinates and the charts below offer at once; more are found by searching. */
const MOST_DIMENSIONS = 400;

/** The compared candidates as charts draw them. */
export interface IChartItems {
  items: readonly IItem[];
  /** Those that are not hidden or filtered out. */
  shownItems: readonly IItem[];
  dimensions: readonly IDimension[];
  /** What else can be chosen as an axis. */
  others: readonly IDimension[];
}

/** The compared candidates as charts draw them; only what is offered at once or chosen is looked into. */
export function useChartItems(props: ITabProps): IChartItems {
  const { model, comparison, styles, trans } = props;
  const chosen = chosenKeys(model.charts);
  const keys = React.useMemo(() => keysOf(comparison), [comparison]);
  const { items, dimensions, others } = React.useMemo(() => {
    const first = new Set([
      ...keys.slice(0, MOST_DIMENSIONS),
      ...chosen.split('\n')
    ]);
    const items = itemsOf(comparison, styles, [...first]);
    const label = (key: string) =>
      key === 'attributes.duration_s' ? trans.__('duration (s)') : labelOf(key);
    return {
      items,
      dimensions: dimensionsOf(items, label),
      others: keys
        .filter(key => !first.has(key))
        .map(key => ({ key, label: label(key) }))
    };
  }, [comparison, styles, keys, chosen, trans]);
  const shownIds = new Set(model.shown.map(({ id }) => id));
  const shownItems = React.useMemo(
    () => items.filter(({ id }) => shownIds.has(id)),
    [items, [...shownIds].join()]
  );
  return { items, shownItems, dimensions, others };
}

/** What was chosen as an axis, a line each. */
function chosenKeys(charts: IChartChoices): string {
  const { axes, scatterX, scatterY, scatterColour, bars, boxes } = charts;
  return [...(axes ?? []), scatterX, scatterY, scatterColour, bars, boxes].join(
    '\n'
  );
}
