import type { TranslationBundle } from '@jupyterlab/translation';
import type { Header } from '@tanstack/react-table';
import * as React from 'react';

import { HEAD } from './grid-focus';
import type { IHeadColumn } from './head-column';
import { headColumn } from './head-column';
import { HeaderMenu } from './header-menu';
import { TickAll } from './tick-all';
import { SortMark } from '../shared/controls';
import type { CandidatesModel } from '../../models/candidates';
import { isNumeric } from '../../models/columns';
import type { Aggregate } from '../../models/measure';
import type { Candidate } from '../../models/types';

/** How far a key press resizes a column, in pixels. */
const STEP = 16;
/** What a column that is dragged is known by. */
const DRAGGED = 'application/x-mlops-column';

/** The head of a column: sort, menu, resize, and a handle to move it. */
export function HeaderCell(props: {
  header: Header<Candidate, unknown>;
  model: CandidatesModel;
  /** All columns in order, as they are shown. */
  shown: readonly string[];
  index: number;
  /** Whether it takes the focus when the grid is entered. */
  active: boolean;
  style: React.CSSProperties;
  trans: TranslationBundle;
}): React.ReactElement {
  const { header, model, index, trans } = props;
  const head = headColumn(header, model, props.shown, trans);
  return (
    <div
      role="columnheader"
      className="jp-mlops-Cell jp-mlops-HeaderCell"
      aria-colindex={index + 1}
      aria-sort={head.sorted}
      data-pinned={head.named || head.pinned || undefined}
      data-number={isNumeric(head.column) || undefined}
      style={props.style}
      draggable={!head.named && !header.column.getIsResizing()}
      {...dragging(head)}
    >
      {head.named && <TickAll model={model} trans={trans} />}
      <SortButton
        head={head}
        cell={`${HEAD}:${index}`}
        tabIndex={props.active ? 0 : -1}
        trans={trans}
      />
      <HeaderMenu head={head} model={model} trans={trans} />
      <ResizeHandle header={header} head={head} trans={trans} />
    </div>
  );
}

/** Handlers of a head that is dragged to another place, or has another one dropped on it. */
function dragging(
  head: IHeadColumn
): Pick<
  React.HTMLAttributes<HTMLElement>,
  'onDragStart' | 'onDragOver' | 'onDrop'
> {
  return {
    onDragStart: event => {
      event.dataTransfer.setData(DRAGGED, head.id);
      event.dataTransfer.effectAllowed = 'move';
    },
    onDragOver: event => {
      if (event.dataTransfer.types.includes(DRAGGED) && !head.named) {
        event.preventDefault();
      }
    },
    onDrop: event => {
      const from = event.dataTransfer.getData(DRAGGED);
      if (from && from !== head.id) {
        event.preventDefault();
        head.take(from);
      }
    }
  };
}

/**
 * The title, which sorts. With the focus on it: Enter sorts, Alt+Left and
 * Alt+Right move, Shift+Left and Shift+Right resize, Alt+Down opens the menu.
 */
function SortButton(props: {
  head: IHeadColumn;
  /** Its place in the grid, for the focus. */
  cell: string;
  tabIndex: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { head, trans } = props;
  const { title, sorted, aggregate } = head;
  const aggregates: Record<Aggregate, string> = {
    last: trans.__('last'),
    best: trans.__('best'),
    min: trans.__('min'),
    max: trans.__('max')
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (side && event.shiftKey) {
      head.resize(side * STEP);
    } else if (side && event.altKey && !head.named) {
      head.move(side);
    } else if (event.key === 'ArrowDown' && event.altKey) {
      event.currentTarget.parentElement
        ?.querySelector<HTMLElement>('[aria-haspopup]')
        ?.click();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <button
      type="button"
      className="jp-mlops-SortButton"
      title={title}
      data-cell={props.cell}
      tabIndex={props.tabIndex}
      aria-keyshortcuts="Alt+ArrowLeft Alt+ArrowRight Shift+ArrowLeft Shift+ArrowRight Alt+ArrowDown"
      onClick={head.sortOn}
      onKeyDown={onKeyDown}
    >
      <span className="jp-mlops-SortButton-text">{title}</span>
      {aggregate !== 'last' && head.column.kind === 'metrics' && (
        <span className="jp-mlops-HeaderCell-aggregate">
          {aggregates[aggregate]}
        </span>
      )}
      <SortMark sorted={sorted} />
    </button>
  );
}

/** The edge of a column: dragging it, or Left and Right on it, make it wider or narrower. */
function ResizeHandle(props: {
  header: Header<Candidate, unknown>;
  head: IHeadColumn;
  trans: TranslationBundle;
}): React.ReactElement {
  const { header, head, trans } = props;
  return (
    <span
      className="jp-mlops-HeaderCell-resize"
      role="separator"
      aria-orientation="vertical"
      aria-label={trans.__('Width of %1', head.title)}
      aria-valuenow={header.getSize()}
      aria-valuemin={header.column.columnDef.minSize}
      aria-valuemax={header.column.columnDef.maxSize}
      tabIndex={-1}
      data-active={header.column.getIsResizing() || undefined}
      onMouseDown={header.getResizeHandler()}
      onTouchStart={header.getResizeHandler()}
      onClick={event => event.stopPropagation()}
      onKeyDown={event => {
        const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
        if (by) {
          event.preventDefault();
          event.stopPropagation();
          head.resize(by);
        }
      }}
    />
  );
}
