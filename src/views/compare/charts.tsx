import * as React from 'react';

import { BarsCard } from './bars-card';
import { BoxesCard } from './boxes-card';
import { ChartBar } from './chart-bar';
import { CurveCard } from './curve-card';
import { curveNames, groupKeys, itemsOf, keysOf, labelOf } from './items';
import { curveLayout, parallelHeight, relationLayout } from './layout';
import { Legend } from './legend';
import { ParallelCard } from './parallel-card';
import type { ITabProps } from './parts';
import { ScatterCard } from './scatter-card';
import { useInnerWidth } from '../shared/hooks';
import { Blank } from '../shared/problem';
import { dimensionsOf } from '../../charts/dimensions';
import type { IDimension } from '../../charts/types';

/** Cards of curves that are made at once; more on demand. */
const CARDS = 24;
/** Axes that parallel coordinates and the charts below offer at once; more are found by searching. */
const MOST_DIMENSIONS = 400;

const isMetric = ({ key }: IDimension) => key.startsWith('metrics.');

/** Curves, parallel coordinates, scatter, bars and boxes of the compared candidates. */
export function ChartsTab(props: ITabProps): React.ReactElement {
  const { model, comparison, styles, trans } = props;
  const [pointed, setPointed] = React.useState<string | null>(null);
  const [cards, setCards] = React.useState(CARDS);
  const { candidates } = comparison;

  const { axes, scatterX, scatterY, scatterColour, bars, boxes } = model.charts;
  const chosen = [
    ...(axes ?? []),
    scatterX,
    scatterY,
    scatterColour,
    bars,
    boxes
  ].join('\n');
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
  const curves = React.useMemo(
    () => curveNames(comparison.curves),
    [comparison]
  );
  const shownIds = new Set(model.shown.map(({ id }) => id));
  const shownItems = React.useMemo(
    () => items.filter(({ id }) => shownIds.has(id)),
    [items, [...shownIds].join()]
  );

  const words = model.charts.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = curves.filter(name =>
    words.every(word => name.toLowerCase().includes(word))
  );
  const groups = React.useMemo(() => groupKeys(candidates), [candidates]);
  const scroller = React.useRef<HTMLDivElement>(null);
  const width = useInnerWidth(scroller);
  const cardsShown = found.slice(0, cards);
  const curveCards = curveLayout(width, cardsShown.length);
  const metrics = dimensions.filter(
    dimension => isMetric(dimension) && !dimension.categories
  );

  const relations =
    1 + (metrics.length ? 1 : 0) + (metrics.length && groups.length ? 1 : 0);
  const { columns, height } = relationLayout(width, relations);
  const relation = { ...props, items: shownItems, height };
  return (
    <div className="jp-mlops-Charts">
      <ChartBar
        model={model}
        candidates={candidates}
        curves={curves.length}
        trans={trans}
      />
      <Legend {...props} pointed={pointed} point={setPointed} />
      <div ref={scroller} className="jp-mlops-Charts-scroll" tabIndex={-1}>
        {curves.length > 0 && (
          <section aria-label={trans.__('Curves')}>
            <div
              className="jp-mlops-Charts-grid"
              style={columnsOf(curveCards.columns)}
            >
              {cardsShown.map(metric => (
                <CurveCard
                  key={metric}
                  {...props}
                  metric={metric}
                  pointed={pointed}
                  height={curveCards.height}
                />
              ))}
            </div>
            {!found.length && (
              <p className="jp-mlops-Charts-none">
                {trans.__('No metric with a curve has this name.')}
              </p>
            )}
            {found.length > cards && (
              <button
                type="button"
                className="jp-mlops-Button jp-mlops-Charts-more"
                onClick={() => setCards(cards + CARDS)}
              >
                {trans._n(
                  'Show %1 more curve',
                  'Show %1 more curves',
                  Math.min(CARDS, found.length - cards)
                )}
              </button>
            )}
          </section>
        )}
        {dimensions.length > 1 && (
          <section aria-label={trans.__('Relations')}>
            <ParallelCard
              {...props}
              items={items}
              dimensions={dimensions}
              others={others}
              height={parallelHeight(width)}
            />
            <div
              className="jp-mlops-Charts-relations"
              data-columns={columns}
              style={columnsOf(columns)}
            >
              <ScatterCard
                {...relation}
                dimensions={dimensions}
                others={others}
              />
              {metrics.length > 0 && (
                <BarsCard
                  {...relation}
                  dimensions={metrics}
                  others={others.filter(isMetric)}
                />
              )}
              {metrics.length > 0 && groups.length > 0 && (
                <BoxesCard
                  {...relation}
                  dimensions={metrics}
                  others={others.filter(isMetric)}
                  groupKeys={groups}
                />
              )}
            </div>
          </section>
        )}
        {!curves.length && dimensions.length < 2 && (
          <Blank title={trans.__('Nothing to draw')}>
            <p>
              {trans.__(
                'These candidates share no metric or param that varies among them.'
              )}
            </p>
          </Blank>
        )}
      </div>
    </div>
  );
}

function columnsOf(count: number): React.CSSProperties {
  return { gridTemplateColumns: `repeat(${count}, minmax(0, 1fr))` };
}
