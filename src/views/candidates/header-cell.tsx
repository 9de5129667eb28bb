import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyThinIcon } from '@jupyterlab/ui-components';
import type { Header } from '@tanstack/react-table';
import * as React from 'react';

import { WIDTH } from './grid-columns';
import { HEAD } from './grid-focus';
import { TickAll } from './tick-all';
import { columnTitle } from './titles';
import { MenuItem, Popover } from '../shared/popover';
import type { CandidatesModel } from '../../models/candidates';
import { columnOf, isNumeric, moved } from '../../models/columns';
import type { Aggregate } from '../../models/measure';
import type { Candidate } from '../../models/types';

/** How far a key press resizes a column, in pixels. */
const STEP = 16;

/**
 * The head of a column: sort, menu, resize, and a handle to move it. With the
 * focus on it: Enter sorts, Alt+Left and Alt+Right move, Shift+Left and
 * Shift+Right resize, Alt+Down opens the menu.
 */
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
  const { header, model, shown, style, trans } = props;
  const id = header.column.id;
  const named = id === 'name';
  const key = named ? 'attributes.name' : id;
  const { kind, name } = columnOf(key);
  const title = named ? trans.__('Candidate') : columnTitle(id, trans);
  const { sort, pinned, aggregates } = model.choices;
  const mine = sort?.key === key;
  const aggregate = aggregates[name] ?? 'last';
  const aggregateTitles: Record<Aggregate, string> = {
    last: trans.__('Last value'),
    best: trans.__('Best value'),
    min: trans.__('Least value'),
    max: trans.__('Greatest value')
  };
  const shortTitles: Record<Aggregate, string> = {
    last: trans.__('last'),
    best: trans.__('best'),
    min: trans.__('min'),
    max: trans.__('max')
  };
  const order = (descending: boolean) =>
    model.choose({ sort: { key, descending } });
  const move = (by: number) => model.choose({ columns: moved(shown, id, by) });
  const resize = (by: number) =>
    model.choose({
      widths: {
        ...model.choices.widths,
        [id]: Math.min(WIDTH.most, Math.max(WIDTH.least, header.getSize() + by))
      }
    });
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (side && event.shiftKey) {
      resize(side * STEP);
    } else if (side && event.altKey && !named) {
      move(side);
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
  const isPinned = pinned.includes(id);

  return (
    <div
      role="columnheader"
      className="jp-mlops-Cell jp-mlops-HeaderCell"
      aria-colindex={props.index + 1}
      aria-sort={
        mine ? (sort.descending ? 'descending' : 'ascending') : undefined
      }
      data-pinned={named || isPinned || undefined}
      data-number={isNumeric(columnOf(key)) || undefined}
      style={style}
      draggable={!named && !header.column.getIsResizing()}
      onDragStart={event => {
        event.dataTransfer.setData('application/x-mlops-column', id);
        event.dataTransfer.effectAllowed = 'move';
      }}
      onDragOver={event => {
        if (
          event.dataTransfer.types.includes('application/x-mlops-column') &&
          !named
        ) {
          event.preventDefault();
        }
      }}
      onDrop={event => {
        const from = event.dataTransfer.getData('application/x-mlops-column');
        if (from && from !== id) {
          event.preventDefault();
          model.choose({
            columns: moved(shown, from, shown.indexOf(id) - shown.indexOf(from))
          });
        }
      }}
    >
      {named && <TickAll model={model} trans={trans} />}
      <button
        type="button"
        className="jp-mlops-SortButton"
        title={title}
        data-cell={`${HEAD}:${props.index}`}
        tabIndex={props.active ? 0 : -1}
        aria-keyshortcuts="Alt+ArrowLeft Alt+ArrowRight Shift+ArrowLeft Shift+ArrowRight Alt+ArrowDown"
        onClick={() => model.sortBy(key)}
        onKeyDown={onKeyDown}
      >
        <span className="jp-mlops-SortButton-text">{title}</span>
        {aggregate !== 'last' && kind === 'metrics' && (
          <span className="jp-mlops-HeaderCell-aggregate">
            {shortTitles[aggregate]}
          </span>
        )}
        <span className="jp-mlops-SortButton-mark" aria-hidden="true">
          {mine ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
      <Popover
        role="menu"
        label={trans.__('Column %1', title)}
        className="jp-mlops-HeaderCell-menu"
        tabIndex={-1}
        face={<caretDownEmptyThinIcon.react tag="span" />}
      >
        {close => (
          <>
            <MenuItem
              label={trans.__('Sort ascending')}
              checked={mine && !sort.descending}
              onSelect={() => order(false)}
              close={close}
            />
            <MenuItem
              label={trans.__('Sort descending')}
              checked={mine && sort.descending}
              onSelect={() => order(true)}
              close={close}
            />
            {kind === 'metrics' && (
              <>
                <hr />
                {(Object.keys(aggregateTitles) as Aggregate[]).map(item => (
                  <MenuItem
                    key={item}
                    label={aggregateTitles[item]}
                    checked={aggregate === item}
                    onSelect={() =>
                      model.choose({
                        aggregates: { ...aggregates, [name]: item }
                      })
                    }
                    close={close}
                  />
                ))}
                <hr />
                <MenuItem
                  label={trans.__('Show first in the sidebar')}
                  checked={model.primary?.name === name}
                  onSelect={() => model.choose({ primary: name })}
                  close={close}
                />
              </>
            )}
            {!named && (
              <>
                <hr />
                <MenuItem
                  label={isPinned ? trans.__('Unpin') : trans.__('Pin left')}
                  onSelect={() =>
                    model.choose({
                      pinned: isPinned
                        ? pinned.filter(item => item !== id)
                        : [...pinned, id]
                    })
                  }
                  close={close}
                />
                <MenuItem
                  label={trans.__('Move left')}
                  disabled={shown.indexOf(id) <= 0}
                  onSelect={() => move(-1)}
                  close={close}
                />
                <MenuItem
                  label={trans.__('Move right')}
                  disabled={shown.indexOf(id) >= shown.length - 1}
                  onSelect={() => move(1)}
                  close={close}
                />
                <MenuItem
                  label={trans.__('Hide')}
                  onSelect={() =>
                    model.choose({
                      columns: shown.filter(column => column !== id)
                    })
                  }
                  close={close}
                />
              </>
            )}
          </>
        )}
      </Popover>
      <span
        className="jp-mlops-HeaderCell-resize"
        role="separator"
        aria-orientation="vertical"
        aria-label={trans.__('Width of %1', title)}
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
            resize(by);
          }
        }}
      />
    </div>
  );
}
