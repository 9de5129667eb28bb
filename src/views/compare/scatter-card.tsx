import * as React from 'react';

import { AxisSelect } from './axis-select';
import { ColourScale } from './colour-scale';
import type { IRelationProps } from './relation-parts';
import { useOpening } from './relation-parts';
import { Chart } from '../../charts/chart';
import { isPlane, scatterOption } from '../../charts/scatter';
import { itemsTable } from '../../charts/table';
import type { IChartTheme } from '../../charts/theme';
import type { IDimension, IItem } from '../../charts/types';

/** The choice of marks in the candidates' own colours; no key of a dimension. */
const OWN = 'candidate';

/**
 * Candidates over two metrics or params, and if asked for, a third one as
 * colour and contours; clicking a mark opens the candidate.
 */
export function ScatterCard(props: IRelationProps): React.ReactElement {
  const { model, items, dimensions, actions, trans } = props;
  const { charts } = model;
  const { scatterLogX: logX, scatterLogY: logY } = charts;
  const first = React.useMemo(() => firstAxes(items, dimensions), []);
  const chosen = (key: string | null) =>
    dimensions.find(dimension => dimension.key === key);
  const x = chosen(charts.scatterX) ?? first.x;
  const y = chosen(charts.scatterY) ?? first.y;
  const z = chosen(charts.scatterColour) ?? null;
  const plane = z !== null && isPlane(x, y, z);
  const contour = plane && charts.contour;
  const option = React.useCallback(
    (theme: IChartTheme) =>
      scatterOption({ items, x, y, z, logX, logY, contour, theme }),
    [items, x, y, z, logX, logY, contour]
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
        itemsTable(items, z ? [x, y, z] : [x, y], {
          candidate: trans.__('candidate')
        })
      }
      height={props.height}
      onReady={onReady}
      settings={<Settings {...props} x={x} y={y} z={z} plane={plane} />}
      footer={z && <ColourScale label={z.label} trans={trans} />}
      trans={trans}
    />
  );
}

/** What the axes and the colour are of. */
function Settings(
  props: IRelationProps & {
    x: IDimension;
    y: IDimension;
    z: IDimension | null;
    /** Whether contours can be drawn. */
    plane: boolean;
  }
): React.ReactElement {
  const { model, dimensions, others, x, y, z, plane, trans } = props;
  const { charts } = model;
  const axes = { others, trans };
  return (
    <>
      <span className="jp-mlops-Chart-together">
        <AxisSelect
          {...axes}
          label={trans.__('x')}
          dimensions={dimensions}
          value={x.key}
          onChange={scatterX => model.setCharts({ scatterX })}
        />
        <Switch
          label={trans.__('Scatter: log x')}
          text={trans.__('log')}
          checked={charts.scatterLogX}
          onChange={scatterLogX => model.setCharts({ scatterLogX })}
        />
      </span>
      <span className="jp-mlops-Chart-together">
        <AxisSelect
          {...axes}
          label={trans.__('y')}
          dimensions={dimensions}
          value={y.key}
          onChange={scatterY => model.setCharts({ scatterY })}
        />
        <Switch
          label={trans.__('Scatter: log y')}
          text={trans.__('log')}
          checked={charts.scatterLogY}
          onChange={scatterLogY => model.setCharts({ scatterLogY })}
        />
      </span>
      <span className="jp-mlops-Chart-together">
        <AxisSelect
          {...axes}
          label={trans.__('colour')}
          dimensions={[
            { key: OWN, label: trans.__('candidate') },
            ...dimensions.filter(({ categories }) => !categories)
          ]}
          value={z?.key ?? OWN}
          onChange={key =>
            model.setCharts({ scatterColour: key === OWN ? null : key })
          }
        />
        {plane && (
          <Switch
            label={trans.__('Scatter: contours')}
            text={trans.__('contours')}
            checked={charts.contour}
            onChange={contour => model.setCharts({ contour })}
          />
        )}
      </span>
    </>
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

function Switch(props: {
  label: string;
  text: string;
  checked: boolean;
  onChange: (on: boolean) => void;
}): React.ReactElement {
  return (
    <label className="jp-mlops-Chart-control" title={props.label}>
      <input
        type="checkbox"
        aria-label={props.label}
        checked={props.checked}
        onChange={event => props.onChange(event.target.checked)}
      />
      {props.text}
    </label>
  );
}
