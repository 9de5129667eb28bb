import * as React from 'react';

import { useKeptFocus } from '../shared/hooks';
import type { Candidate } from '../../models/types';

/** Frames that a cell may take to be drawn before it takes the focus. */
const TRIES = 30;

/** The line of the heads. */
export const HEAD = -1;

/** A cell by its line (heads: -1) and its column (the name: 0). */
export interface ICell {
  line: number;
  column: number;
}

/** What the focus of a grid needs to know of it. */
interface IFocusOptions {
  scroller: React.RefObject<HTMLElement>;
  /** Candidates by line; null where lines are not candidates alone. */
  lines: readonly (Candidate | undefined)[] | null;
  count: number;
  columns: number;
  /** Height of a line in pixels. */
  height: number;
  scrollTo: (cell: ICell) => void;
}

/** The cell that takes the focus, and what moves it. */
export interface IGridFocus {
  active: ICell;
  /** Handlers of the grid's element. */
  onFocus: (event: React.FocusEvent) => void;
  onBlur: (event: React.FocusEvent) => void;
  /** Move the focus where the key says; whether it is such a key. */
  move: (event: React.KeyboardEvent) => boolean;
}

/**
 * One cell of a grid takes the focus when the grid is entered; keys move it.
 * It stays with its candidate when rows move.
 */
export function useGridFocus(options: IFocusOptions): IGridFocus {
  const { scroller, lines, count, columns, height } = options;
  const [active, setActive] = React.useState<ICell>({ line: 0, column: 0 });
  const id = React.useRef<string | null>(null);
  // Where the focus is going: the next key may come before it has arrived.
  const coming = React.useRef<ICell | null>(null);

  const place =
    lines && id.current !== null && lines[active.line]?.id !== id.current
      ? lines.findIndex(line => line?.id === id.current)
      : -1;
  const line = place >= 0 ? place : active.line;
  React.useEffect(() => {
    if (line !== active.line) {
      setActive({ line, column: active.column });
    }
  }, [line]);

  const element = (cell: ICell) =>
    scroller.current?.querySelector<HTMLElement>(
      `[data-cell="${cell.line}:${cell.column}"]`
    );
  const kept = useKeptFocus(lines ?? [], () =>
    element({ line, column: active.column })?.focus({ preventScroll: true })
  );

  const focus = (wanted: ICell) => {
    const to = {
      line: Math.min(Math.max(wanted.line, HEAD), count - 1),
      column: Math.min(Math.max(wanted.column, 0), columns)
    };
    id.current = lines?.[to.line]?.id ?? null;
    coming.current = to;
    setActive(to);
    options.scrollTo(to);
    whenDrawn(
      () => element(to),
      () => coming.current === to,
      found => {
        coming.current = null;
        found?.focus({ preventScroll: true });
      }
    );
  };

  return {
    active: { line, column: active.column },
    onBlur: kept.onBlur,
    onFocus: event => {
      kept.onFocus();
      const cell = cellOf(event.target);
      if (cell) {
        id.current = lines?.[cell.line]?.id ?? null;
        setActive(cell);
      }
    },
    move: event => {
      // The cell itself knows best where it is: its column may have been moved.
      const at = coming.current ?? cellOf(event.target) ?? active;
      const page = Math.max(
        1,
        Math.floor((scroller.current?.clientHeight ?? height) / height) - 2
      );
      const to = cellAfter(event, at, { page, count, columns });
      if (to) {
        focus(to);
      }
      return to !== undefined;
    }
  };
}

/**
 * Do something with an element once it is drawn: after the scrolling to it has
 * been seen. It is not there after {@link TRIES} frames: null.
 */
function whenDrawn(
  find: () => HTMLElement | null | undefined,
  wanted: () => boolean,
  act: (found: HTMLElement | null) => void
): void {
  const reach = (tries: number) => {
    if (!wanted()) {
      return;
    }
    const found = find() ?? null;
    if (!found && tries > 0) {
      requestAnimationFrame(() => reach(tries - 1));
      return;
    }
    act(found);
  };
  window.setTimeout(() => reach(TRIES));
}

/**
 * Where a key moves the focus; undefined: it is no such key.
 *
 * @param size - lines of a page, lines in all, and columns beside the name.
 */
function cellAfter(
  event: React.KeyboardEvent,
  { line, column }: ICell,
  size: { page: number; count: number; columns: number }
): ICell | undefined {
  const { page, count, columns } = size;
  const control = event.ctrlKey || event.metaKey;
  const moves: Record<string, ICell> = {
    ArrowDown: { line: line + 1, column },
    ArrowUp: { line: line - 1, column },
    ArrowRight: { line, column: column + 1 },
    ArrowLeft: { line, column: column - 1 },
    PageDown: { line: line + page, column },
    PageUp: { line: Math.max(0, line - page), column },
    Home: { line: control ? 0 : line, column: 0 },
    End: { line: control ? count - 1 : line, column: columns }
  };
  return event.altKey ? undefined : moves[event.key];
}

/** The place of a cell's element; null: it is none. */
function cellOf(target: EventTarget): ICell | null {
  const place = (target as HTMLElement).dataset.cell;
  if (!place) {
    return null;
  }
  const [line, column] = place.split(':').map(Number);
  return { line, column };
}
