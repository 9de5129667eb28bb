import type { TranslationBundle } from '@jupyterlab/translation';
import type { VirtualItem } from '@tanstack/react-virtual';
import * as React from 'react';

import { CandidateRow } from './candidate-row';
import { ListHead } from './list-head';
import { useListKeys } from './list-keys';
import type { IListMetrics } from './list-metrics';
import { useListMetrics } from './list-metrics';
import { useListRows } from './list-rows';
import { useClock, useWidth } from '../shared/hooks';
import type { CandidatesModel } from '../../models/candidates';

/** The height of a row in pixels: two lines. */
const ROW = 44;

/** The candidates of the sidebar as an ARIA grid of two-line rows. */
export function CandidateList(props: {
  model: CandidatesModel;
  open: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, open, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const now = useClock();
  const metrics = useListMetrics(model, useWidth(scroller));
  const rows = useListRows(model, { scroller, height: ROW });
  const { active, setActive, handlers } = useListKeys(model, {
    scroller,
    height: ROW,
    scrollTo: rows.scrollTo,
    open
  });
  return (
    <div
      className="jp-mlops-List"
      role="grid"
      aria-label={trans.__('Candidates')}
      aria-rowcount={model.total + 1}
      aria-multiselectable="true"
      style={
        {
          // There may be none: `repeat(0, …)` would not be valid.
          '--jp-mlops-metric-columns': metrics.shown.map(() => '64px').join(' ')
        } as React.CSSProperties
      }
      {...handlers}
    >
      <ListHead model={model} metrics={metrics.shown} trans={trans} />
      <div role="rowgroup" ref={scroller} className="jp-mlops-List-body">
        <div
          role="presentation"
          className="jp-mlops-List-all"
          style={{ height: rows.height }}
        >
          {rows.items.map(item => (
            <Line
              key={item.key}
              item={item}
              model={model}
              metrics={metrics}
              active={item.index === active}
              setActive={setActive}
              open={open}
              now={now}
              trans={trans}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** One row, or the hole where it will be. */
function Line(props: {
  item: VirtualItem;
  model: CandidatesModel;
  metrics: IListMetrics;
  /** Whether it takes the focus when the list is entered. */
  active: boolean;
  setActive: (id: string) => void;
  open: (id: string) => void;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { item, model, metrics, setActive, open, trans } = props;
  const { selection, filter } = model;
  const row = model.lines[item.index];
  const style = { transform: `translateY(${item.start}px)` };
  return row ? (
    <CandidateRow
      index={item.index}
      style={style}
      candidate={row}
      metrics={metrics.shown}
      delta={metrics.deltas.get(row.id)}
      best={row.id === metrics.best}
      ticked={selection.ids.has(row.id)}
      active={props.active}
      unfolded={filter.folds && row.children ? model.isUnfolded(row.id) : null}
      child={filter.folds && row.parent !== null}
      now={props.now}
      onTick={(on, range) =>
        range ? selection.toggleTo(row.id, on) : selection.toggle(row.id, on)
      }
      onOpen={() => {
        setActive(row.id);
        open(row.id);
      }}
      onUnfold={() => void model.setUnfolded(row.id, !model.isUnfolded(row.id))}
      onFocus={() => setActive(row.id)}
      trans={trans}
    />
  ) : (
    <div
      className="jp-mlops-Row jp-mlops-Row-loading"
      style={style}
      role="presentation"
    />
  );
}
