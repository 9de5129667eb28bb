import * as React from 'react';

import { CurveCard } from './curve-card';
import { columnsOf, curveLayout } from './layout';
import type { ITabProps } from './parts';

/** Cards of curves that are made at once; more on demand. */
const CARDS = 24;

/** The curves of metrics whose names have all words that are searched for. */
export function CurvesSection(
  props: ITabProps & {
    /** Names of metrics with curves. */
    curves: readonly string[];
    /** The candidate that is pointed at in the legend. */
    pointed: string | null;
    /** Pixels. */
    width: number;
  }
): React.ReactElement {
  const { model, curves, pointed, width, trans } = props;
  const [cards, setCards] = React.useState(CARDS);
  const words = model.charts.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = curves.filter(name =>
    words.every(word => name.toLowerCase().includes(word))
  );
  const shown = found.slice(0, cards);
  const layout = curveLayout(width, shown.length);
  return (
    <section aria-label={trans.__('Curves')}>
      <div className="jp-mlops-Charts-grid" style={columnsOf(layout.columns)}>
        {shown.map(metric => (
          <CurveCard
            key={metric}
            {...props}
            metric={metric}
            pointed={pointed}
            height={layout.height}
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
  );
}
