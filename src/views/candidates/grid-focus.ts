import * as React from 'react';

import { useKeptFocus } from '../shared/hooks';
import type { Candidate } from '../../models/types';

/** The line of the heads. */
export const HEAD = -1;

/** A cell by its line (heads: -1) and its column (the name: 0). */
export interface ICell {
  line: number;
  column: number;
}

/**
 * One cell of a grid takes the focus when the grid is entered; keys move it.
 * It stays with its candidate when rows move.
 */
export function useGridFocus(options: {
  scroller: React.RefObject<HTMLElement>;
  /** Candidates by line; null where lines are not candidates alone. */
  lines: readonly (Candidate | undefined)[] | null;
  count: number;
  columns: number;
  /** Height of a line in pixels. */
  height: number;
  scrollTo: (cell: ICell) => void;
}): {
  active: ICell;
  /** Handlers of the grid's element. */
  onFocus: (event: React.FocusEvent) => void;
  onBlur: (event: React.FocusEvent) => void;
  /** Move the focus where the key says; whether it is such a key. */
  move: (event: React.KeyboardEvent) => boolean;
} {
  const { scroller, lines, count, columns, height } = options;
  const [active, setActive] = React.useState<ICell>({ line: 0, column: 0 });
  const id = React.useRef<string | null>(null);

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
    setActive(to);
    options.scrollTo(to);
    window.setTimeout(() => element(to)?.focus({ preventScroll: true }));
  };

  return {
    active: { line, column: active.column },
    onBlur: kept.onBlur,
    onFocus: event => {
      kept.onFocus();
      const cell = (event.target as HTMLElement).dataset.cell;
      if (cell) {
        const [line, column] = cell.split(':').map(Number);
        id.current = lines?.[line]?.id ?? null;
        setActive({ line, column });
      }
    },
    move: event => {
      const cell = (event.target as HTMLElement).dataset.cell;
      const [line, column] = cell
        ? cell.split(':').map(Number)
        : [active.line, active.column];
      const page = Math.max(
        1,
        Math.floor((scroller.current?.clientHeight ?? height) / height) - 2
      );
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
      const to = event.altKey ? undefined : moves[event.key];
      if (to) {
        focus(to);
      }
      return to !== undefined;
    }
  };
}
