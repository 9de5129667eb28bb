import * as React from 'react';

import type { ISectionProps } from './parts';
import { Section } from './section';
import { sourceWords } from './words';
import { CurveChart } from '../shared/curve-chart';
import { useModel } from '../shared/hooks';
import { useInSight } from '../shared/in-sight';
import { Sparkline } from '../../charts/sparkline';
import { stylesOf } from '../../charts/styles';
import { formatNumber } from '../../format';
import { numberOf } from '../../models/measure';
import type { SeriesModel } from '../../models/series';
import type { Metric } from '../../models/types';

/** Rows that are shown at first. */
const MOST = 30;
const CHOICES = {
  axis: 'step',
  logX: false,
  logY: false,
  smoothing: 0
} as const;

/** All metrics; those with a history have a small curve, which opens a large one. */
export function Metrics(props: ISectionProps): React.ReactElement {
  const { candidate, trans } = props;
  const [open, setOpen] = React.useState<string | null>(null);
  const [search, setSearch] = React.useState('');
  const [most, setMost] = React.useState(MOST);
  const names = Object.keys(candidate.metrics);
  const found = names.filter(name =>
    name.toLowerCase().includes(search.toLowerCase())
  );
  const shown = found.slice(0, most);
  return (
    <Section
      title={trans.__('Metrics')}
      count={names.length}
      controls={
        names.length > 12 && (
          <input
            type="search"
            className="jp-mlops-Input"
            aria-label={trans.__('Search metrics')}
            placeholder={trans.__('Search metrics')}
            value={search}
            onChange={event => setSearch(event.target.value)}
          />
        )
      }
    >
      {!names.length ? (
        <p className="jp-mlops-Muted">{trans.__('Nothing was measured.')}</p>
      ) : (
        <div className="jp-mlops-Detail-scroll">
          <table className="jp-mlops-Metrics">
            <thead>
              <tr>
                <th scope="col">{trans.__('Name')}</th>
                <th scope="col">{trans.__('Last')}</th>
                <th scope="col">{trans.__('Lowest')}</th>
                <th scope="col">{trans.__('Highest')}</th>
                <th scope="col">{trans.__('Steps')}</th>
                <th scope="col">{trans.__('Curve')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(name => (
                <MetricRow
                  key={name}
                  {...props}
                  name={name}
                  metric={candidate.metrics[name]}
                  open={open === name}
                  toggle={() => setOpen(open === name ? null : name)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.length > shown.length && (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => setMost(most + 200)}
        >
          {trans.__('Show more of %1', found.length)}
        </button>
      )}
    </Section>
  );
}

function MetricRow(
  props: ISectionProps & {
    name: string;
    metric: Metric;
    open: boolean;
    toggle: () => void;
  }
): React.ReactElement {
  const { name, metric, open, toggle, trans } = props;
  const curve = metric.steps > 1;
  return (
    <>
      <tr>
        <th
          scope="row"
          title={trans.__('%1, %2', name, sourceWords(trans)[metric.source])}
        >
          {name}
        </th>
        <td className="jp-mlops-Metrics-last">
          {formatNumber(numberOf(metric.last))}
        </td>
        <td>{curve ? formatNumber(metric.min) : ''}</td>
        <td>{curve ? formatNumber(metric.max) : ''}</td>
        <td>{metric.steps}</td>
        <td>
          {curve && (
            <button
              type="button"
              className="jp-mlops-Metrics-curve"
              aria-expanded={open}
              aria-label={trans.__('Curve of %1', name)}
              onClick={toggle}
            >
              <MetricSpark {...props} />
            </button>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={6}>
            <MetricCurve {...props} />
          </td>
        </tr>
      )}
    </>
  );
}

/** The model of a metric while it is needed. */
function useSeries(
  props: ISectionProps & { name: string },
  wanted: boolean,
  points?: number
): SeriesModel | null {
  const { model, name } = props;
  const [series, setSeries] = React.useState<SeriesModel | null>(null);
  React.useEffect(() => {
    if (!wanted) {
      return;
    }
    const opened = model.openSeries(name, points);
    setSeries(opened);
    return () => opened.dispose();
  }, [model, name, wanted, points]);
  return series;
}

type RowProps = ISectionProps & { name: string };

function MetricSpark(props: RowProps): React.ReactElement {
  const place = React.useRef<HTMLSpanElement>(null);
  const series = useSeries(props, useInSight(place), 60);
  return (
    <span ref={place} className="jp-mlops-Metrics-spark">
      {series && <Spark {...props} series={series} />}
    </span>
  );
}

function Spark(
  props: RowProps & { series: SeriesModel }
): React.ReactElement | null {
  const { series, candidate, name, trans } = props;
  useModel(series);
  const points = series.series?.[candidate.id];
  return points ? (
    <Sparkline
      values={points.map(point => numberOf(point.value) ?? NaN)}
      label={trans.__('Curve of %1', name)}
    />
  ) : null;
}

function MetricCurve(props: RowProps): React.ReactElement {
  const series = useSeries(props, true);
  return series ? <Large {...props} series={series} /> : <div />;
}

function Large(props: RowProps & { series: SeriesModel }): React.ReactElement {
  const { series, candidate, trans } = props;
  useModel(series);
  const points = series.series?.[candidate.id];
  const drawn = React.useMemo(
    () =>
      points
        ? [
            {
              id: candidate.id,
              name: candidate.name,
              style: {
                ...stylesOf([candidate.id]).values().next().value,
                dash: []
              },
              points: points.map(point => ({
                ...point,
                value: numberOf(point.value) ?? NaN
              }))
            }
          ]
        : [],
    [points, candidate.id, candidate.name]
  );
  return (
    <CurveChart
      model={series}
      series={drawn}
      groups={null}
      choices={CHOICES}
      height={260}
      trans={trans}
    />
  );
}
