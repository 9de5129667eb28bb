import * as React from 'react';

import { AxisSelect } from './axis-select';
import { groupsOf, labelOf } from './items';
import type { IRelationProps } from './relation-parts';
import { useOpening } from './relation-parts';
import { boxesOption, boxesTable } from '../../charts/boxes';
import { Chart } from '../../charts/chart';
import type { IChartTheme } from '../../charts/theme';
import type { IItem } from '../../charts/types';
import type { CandidateDetail } from '../../models/types';

/** Groups that are drawn; more boxes than this cannot be told apart. */
const MOST_BOXES = 40;

/** One metric of groups of candidates: where most values lie, and each of them. */
export function BoxesCard(
  props: IRelationProps & {
    /** What candidates can be grouped by, such as `params.hidden`. */
    groupKeys: readonly string[];
  }
): React.ReactElement {
  const { model, items, dimensions, others, groupKeys, actions, trans } = props;
  const { charts, shown } = model;
  const dimension =
    dimensions.find(({ key }) => key === charts.boxes) ?? dimensions[0];
  const by =
    groupKeys.find(key => key === charts.boxesBy) ??
    groupKeys.find(key => key === charts.group) ??
    groupKeys[0];
  const groups = useGroups(items, shown, by, trans);
  const drawn = React.useMemo(() => groups.slice(0, MOST_BOXES), [groups]);
  const option = React.useCallback(
    (theme: IChartTheme) =>
      boxesOption({ groups: drawn, by: labelOf(by), dimension, theme }),
    [drawn, by, dimension]
  );
  const onReady = useOpening(actions.openCandidate);
  return (
    <Chart
      title={trans.__('Boxes')}
      summary={trans.__(
        '%1 by %2, %3 groups',
        dimension.label,
        labelOf(by),
        groups.length
      )}
      option={option}
      table={() =>
        boxesTable(groups, dimension, {
          group: labelOf(by),
          count: trans.__('candidates'),
          low: trans.__('lower whisker'),
          lower: trans.__('lower quartile'),
          median: trans.__('median'),
          upper: trans.__('upper quartile'),
          high: trans.__('upper whisker')
        })
      }
      height={props.height}
      onReady={onReady}
      settings={
        <>
          <AxisSelect
            label={trans.__('Metric')}
            dimensions={dimensions}
            others={others}
            value={dimension.key}
            onChange={boxes => model.setCharts({ boxes })}
            trans={trans}
          />
          <AxisSelect
            label={trans.__('by')}
            dimensions={groupKeys.map(key => ({ key, label: labelOf(key) }))}
            others={[]}
            value={by}
            onChange={boxesBy => model.setCharts({ boxesBy })}
            trans={trans}
          />
        </>
      }
      footer={
        groups.length > drawn.length
          ? trans.__('The first %1 of %2 groups', drawn.length, groups.length)
          : undefined
      }
      trans={trans}
    />
  );
}

/** 8 before 16. */
const NATURAL = { numeric: true };

/** Items by what they have in common, in the order of its values. */
function useGroups(
  items: readonly IItem[],
  shown: readonly CandidateDetail[],
  by: string,
  trans: IRelationProps['trans']
): { name: string; items: IItem[] }[] {
  return React.useMemo(() => {
    const known = new Map(items.map(item => [item.id, item]));
    return [...groupsOf(shown, by)]
      .map(([name, ids]) => ({
        name: name || trans.__('empty'),
        items: ids.flatMap(id => known.get(id) ?? [])
      }))
      .sort((a, b) => a.name.localeCompare(b.name, undefined, NATURAL));
  }, [items, by, trans]);
}
