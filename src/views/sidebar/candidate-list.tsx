import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { CandidateRow } from './candidate-row';
import { TickAll } from '../candidates/tick-all';
import { useClock, useKeptFocus, useWidth } from '../shared/hooks';
import type { CandidatesModel } from '../../models/candidates';
import {
  bestOf,
  deltasInTime,
  knownInTime,
  metricOf
} from '../../models/measure';

/** The height of a row in pixels: two lines. */
const ROW = 44;
/** Rows that are all loaded before anybody scrolls, at most. */
const FEW = 500;

/** The candidates of the sidebar as an ARIA grid of two-line rows. */
export function CandidateList(props: {
  model: CandidatesModel;
  open: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, open, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const now = useClock();
  const [active, setActive] = React.useState<string | null>(null);

  const { lines, rows, total } = model;
  const selected = model.selection.ids;
  const metrics = shownMetrics(model, width);
  const primary = model.primary;
  const deltas = React.useMemo(
    () =>
      primary
        ? deltasInTime(
            knownInTime(lines, model.choices.sort === null),
            primary.name,
            primary.direction
          )
        : new Map<string, never>(),
    [lines, model.choices.sort, primary?.name, primary?.direction]
  );
  const best = React.useMemo(
    () =>
      // What is not loaded could be better.
      primary && rows.length > 1 && rows.length === total
        ? bestOf(rows, primary.direction, row => metricOf(row, primary.name))
        : null,
    [rows, total, primary?.name, primary?.direction]
  );

  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
    getItemKey: index => lines[index]?.id ?? index
  });
  const items = virtual.getVirtualItems();
  const first = items.length ? items[0].index : 0;
  const last = items.length ? items[items.length - 1].index : 0;
  React.useEffect(
    () => void model.ensure({ first, last }),
    [model, first, last, model.question]
  );
  // Whoever scrolls will scroll on; of a few, all are wanted to tell the best.
  const wanted = first > 0 || total <= FEW;
  React.useEffect(() => {
    if (wanted) {
      void model.fill();
    }
  }, [model, wanted, total, model.question]);
  React.useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [model.question]);

  const activeIndex = Math.max(
    0,
    lines.findIndex(row => row?.id === active)
  );
  const focusRow = (index: number): string | null => {
    const to = Math.min(Math.max(index, 0), total - 1);
    const id = lines[to]?.id ?? null;
    setActive(id);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`[data-index="${to}"]`)
        ?.focus()
    );
    return id;
  };

  const kept = useKeptFocus(lines, () =>
    scroller.current
      ?.querySelector<HTMLElement>(`[data-index="${activeIndex}"]`)
      ?.focus({ preventScroll: true })
  );

  const onKeyDown = (event: React.KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const onRow = target.getAttribute('role') === 'row';
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1
    );
    const moves: Record<string, number> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + page,
      PageUp: activeIndex - page,
      Home: 0,
      End: total - 1
    };
    const row = lines[activeIndex];
    if (event.key in moves) {
      const id = focusRow(moves[event.key]);
      if (event.shiftKey && id !== null) {
        model.selection.toggle(id, true);
      }
    } else if (
      onRow &&
      ['ArrowRight', 'ArrowLeft'].includes(event.key) &&
      row?.children
    ) {
      void model.setUnfolded(row.id, event.key === 'ArrowRight');
    } else if (event.key === ' ' && onRow && row) {
      model.selection.toggle(row.id);
    } else if (event.key === 'Enter' && onRow && row) {
      open(row.id);
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      void model.selectAll();
    } else if (event.key === 'Escape' && selected.size) {
      model.selection.set([]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="jp-mlops-List"
      role="grid"
      aria-label={trans.__('Candidates')}
      aria-rowcount={total + 1}
      aria-multiselectable="true"
      style={
        {
          // There may be none: `repeat(0, …)` would not be valid.
          '--jp-mlops-metric-columns': metrics.map(() => '64px').join(' ')
        } as React.CSSProperties
      }
      onKeyDown={onKeyDown}
      {...kept}
    >
      <div role="rowgroup">
        <div className="jp-mlops-List-head" role="row" aria-rowindex={1}>
          <span role="columnheader" className="jp-mlops-Row-check">
            <TickAll model={model} trans={trans} />
          </span>
          <SortHeader
            model={model}
            sortKey="attributes.start_time"
            label={trans.__('Candidate')}
            className="jp-mlops-Row-main"
          />
          {metrics.map(name => (
            <SortHeader
              key={name}
              model={model}
              sortKey={`metrics.${name}`}
              label={name}
              className="jp-mlops-Row-metric"
            />
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={scroller} className="jp-mlops-List-body">
        <div
          role="presentation"
          className="jp-mlops-List-all"
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map(item => {
            const row = lines[item.index];
            const style = { transform: `translateY(${item.start}px)` };
            return row ? (
              <CandidateRow
                key={item.key}
                index={item.index}
                style={style}
                candidate={row}
                metrics={metrics}
                delta={deltas.get(row.id)}
                best={row.id === best}
                ticked={selected.has(row.id)}
                active={item.index === activeIndex}
                unfolded={
                  model.filter.folds && row.children
                    ? model.isUnfolded(row.id)
                    : null
                }
                child={model.filter.folds && row.parent !== null}
                now={now}
                onTick={(on, range) =>
                  range
                    ? model.selection.toggleTo(row.id, on)
                    : model.selection.toggle(row.id, on)
                }
                onOpen={() => {
                  setActive(row.id);
                  open(row.id);
                }}
                onUnfold={() =>
                  void model.setUnfolded(row.id, !model.isUnfolded(row.id))
                }
                onFocus={() => setActive(row.id)}
                trans={trans}
              />
            ) : (
              <div
                key={item.key}
                className="jp-mlops-Row jp-mlops-Row-loading"
                style={style}
                role="presentation"
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** As many metrics as the width holds, the primary one first. */
function shownMetrics(model: CandidatesModel, width: number): string[] {
  const primary = model.primary?.name;
  const others = model.columns
    .filter(column => column.startsWith('metrics.'))
    .map(column => column.slice(8))
    .filter(name => name !== primary);
  const room = width < 360 ? 1 : width < 450 ? 2 : 3;
  return [...(primary ? [primary] : []), ...others].slice(0, room);
}

function SortHeader(props: {
  model: CandidatesModel;
  sortKey: string;
  label: string;
  className: string;
}): React.ReactElement {
  const { model, sortKey, label } = props;
  const sort = model.choices.sort;
  const mine = sort?.key === sortKey;
  return (
    <span
      role="columnheader"
      className={props.className}
      aria-sort={
        mine ? (sort.descending ? 'descending' : 'ascending') : undefined
      }
    >
      <button
        type="button"
        className="jp-mlops-SortButton"
        title={label}
        onClick={() => model.sortBy(sortKey)}
      >
        <span className="jp-mlops-SortButton-text">{label}</span>
        <span className="jp-mlops-SortButton-mark" aria-hidden="true">
          {mine ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </span>
  );
}
