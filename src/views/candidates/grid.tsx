import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { useGridColumns } from './grid-columns';
import { HEAD, useGridFocus } from './grid-focus';
import { useGridLines } from './grid-lines';
import { GroupRow } from './group-row';
import { HeaderCell } from './header-cell';
import { TableRow } from './table-row';
import { columnTitle } from './titles';
import { useClock } from '../shared/hooks';
import type { CandidatesModel } from '../../models/candidates';

/** The height of a line, and of the heads, in pixels. */
const ROW = 30;

/** Candidates by columns as an ARIA grid; rows and columns are drawn as they come into sight. */
export function Grid(props: {
  model: CandidatesModel;
  shown: readonly string[];
  open: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, shown, open, trans } = props;
  const { choices } = model;
  const selected = model.selection.ids;
  const scroller = React.useRef<HTMLDivElement>(null);
  const now = useClock();
  const lines = useGridLines(model);
  const { headers, columns, nameWidth, width, scrollTo } = useGridColumns(
    model,
    shown,
    scroller
  );
  const rowsInSight = useVirtualizer({
    count: lines.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12
  });
  const items = rowsInSight.getVirtualItems();
  const first = items.length ? items[0].index : 0;
  const last = items.length ? items[items.length - 1].index : 0;
  React.useEffect(() => {
    void model.ensure({ first, last });
  }, [model, first, last, model.question]);
  // Groups are of the whole list; what is scrolled through, only as far as it is good to be ahead.
  const whole = choices.group !== null;
  React.useEffect(() => {
    void model.fill({ all: whole });
  }, [model, model.question, model.count, whole]);
  React.useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [model.question]);

  const grid = useGridFocus({
    scroller,
    lines: choices.group === null ? model.lines : null,
    count: lines.count,
    columns: shown.length,
    height: ROW,
    scrollTo: ({ line, column }) => {
      if (line > HEAD) {
        rowsInSight.scrollToIndex(line);
      }
      if (column > 0) {
        scrollTo(column - 1);
      }
    }
  });
  const { active } = grid;

  const onTick = React.useCallback(
    (id: string, on: boolean, range: boolean) =>
      range ? model.selection.toggleTo(id, on) : model.selection.toggle(id, on),
    [model]
  );
  const openRef = React.useRef(open);
  openRef.current = open;
  const onOpen = React.useCallback((id: string) => openRef.current(id), []);
  const onUnfold = React.useCallback(
    (id: string, on: boolean) => void model.setUnfolded(id, on),
    [model]
  );

  /** What a key does to the line with the focus; whether it does anything. */
  const act = (event: React.KeyboardEvent): boolean => {
    const line = lines.at(active.line);
    const control = event.ctrlKey || event.metaKey;
    if (event.key === 'a' && control) {
      void model.selectAll();
    } else if (event.key === 'Escape' && selected.size) {
      model.selection.set([]);
    } else if (line?.kind === 'group' && [' ', 'Enter'].includes(event.key)) {
      lines.toggle(line.group);
    } else if (line?.kind === 'candidate' && line.candidate) {
      const { id, children } = line.candidate;
      const unfold = { ArrowRight: true, ArrowLeft: false }[event.key];
      if (
        unfold !== undefined &&
        active.column === 0 &&
        children &&
        model.filter.folds &&
        model.isUnfolded(id) !== unfold
      ) {
        onUnfold(id, unfold);
      } else if (event.key === ' ') {
        model.selection.toggle(id);
      } else if (event.key === 'Enter') {
        open(id);
      } else {
        return false;
      }
    } else {
      return false;
    }
    return true;
  };

  return (
    <div
      ref={scroller}
      className="jp-mlops-Table"
      role="grid"
      aria-label={trans.__(
        'Table of %1',
        model.experiment?.name ?? trans.__('all experiments')
      )}
      aria-rowcount={lines.count + 1}
      aria-colcount={shown.length + 1}
      aria-multiselectable="true"
      aria-busy={model.busy}
      onFocus={grid.onFocus}
      onBlur={grid.onBlur}
      onKeyDown={event => {
        const cell = (event.target as HTMLElement).dataset.cell;
        // The head's own keys (sort, move, resize) are its cell's.
        const done =
          cell !== undefined &&
          ((active.line !== HEAD && act(event)) || grid.move(event));
        if (done) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    >
      <div role="rowgroup" className="jp-mlops-Table-head" style={{ width }}>
        <div role="row" aria-rowindex={1} className="jp-mlops-TableRow">
          {[null, ...columns].map(column => {
            const index = column ? column.index + 1 : 0;
            return (
              <HeaderCell
                key={column?.id ?? 'name'}
                header={headers[index]}
                model={model}
                shown={shown}
                index={index}
                active={active.line === HEAD && active.column === index}
                style={
                  column
                    ? { left: column.left, width: column.width }
                    : { width: nameWidth }
                }
                trans={trans}
              />
            );
          })}
        </div>
      </div>
      <div
        role="rowgroup"
        className="jp-mlops-Table-body"
        style={{ width, height: rowsInSight.getTotalSize() }}
      >
        {items.map(item => {
          const line = lines.at(item.index);
          const common = {
            rowIndex: item.index + 2,
            index: item.index,
            top: item.start,
            width,
            nameWidth,
            columns,
            trans
          };
          if (line?.kind === 'group') {
            return (
              <GroupRow
                key={`group ${line.group.value}`}
                {...common}
                group={line.group}
                title={columnTitle(choices.group ?? '', trans)}
                open={lines.isOpen(line.group)}
                active={active.line === item.index}
                onToggle={() => lines.toggle(line.group)}
              />
            );
          }
          const candidate = line?.candidate;
          const child = model.filter.folds && !!candidate?.parent;
          return line && candidate ? (
            <TableRow
              key={candidate.id}
              {...common}
              candidate={candidate}
              indent={line.indent || child}
              child={child}
              unfolded={
                model.filter.folds && candidate.children
                  ? model.isUnfolded(candidate.id)
                  : null
              }
              onUnfold={onUnfold}
              ticked={selected.has(candidate.id)}
              activeColumn={active.line === item.index ? active.column : null}
              now={now}
              onTick={onTick}
              onOpen={onOpen}
            />
          ) : (
            <div
              key={item.key}
              role="presentation"
              className="jp-mlops-TableRow"
              data-loading
              style={{ top: item.start, width }}
            />
          );
        })}
      </div>
    </div>
  );
}
