import * as React from 'react';

import { useKeptFocus } from '../shared/hooks';
import type { CandidatesModel } from '../../models/candidates';
import type { Candidate } from '../../models/types';

/** The row that takes the focus, and what moves it. */
export interface IListKeys {
  /** Index of the row that takes the focus. */
  active: number;
  /** Let the row of this id take it. */
  setActive: (id: string) => void;
  /** Handlers of the list's element. */
  handlers: Pick<
    React.HTMLAttributes<HTMLElement>,
    'onFocus' | 'onBlur' | 'onKeyDown'
  >;
}

/**
 * One row takes the focus when the list is entered; keys move it, tick, unfold
 * and open.
 */
export function useListKeys(
  model: CandidatesModel,
  options: {
    scroller: React.RefObject<HTMLElement>;
    /** Height of a row in pixels. */
    height: number;
    scrollTo: (index: number) => void;
    open: (id: string) => void;
  }
): IListKeys {
  const { scroller, height, scrollTo, open } = options;
  const { lines, total, selection } = model;
  const [activeId, setActive] = React.useState<string | null>(null);
  const active = Math.max(
    0,
    lines.findIndex(row => row?.id === activeId)
  );
  const element = (index: number) =>
    scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
  const kept = useKeptFocus(lines, () =>
    element(active)?.focus({ preventScroll: true })
  );

  const focusRow = (index: number): string | null => {
    const to = Math.min(Math.max(index, 0), total - 1);
    const id = lines[to]?.id ?? null;
    setActive(id);
    scrollTo(to);
    requestAnimationFrame(() => element(to)?.focus());
    return id;
  };

  /** Do what a key means anywhere in the list; whether it means anything. */
  const act = (event: React.KeyboardEvent): boolean => {
    const { key } = event;
    const visible = (scroller.current?.clientHeight ?? height) / height;
    const to = placeAfter(key, active, visible, total);
    const target = event.target as HTMLElement;
    if (to !== undefined) {
      const id = focusRow(to);
      if (event.shiftKey && id !== null) {
        selection.toggle(id, true);
      }
    } else if (
      target.getAttribute('role') === 'row' &&
      actOnRow(key, lines[active], model, open)
    ) {
      return true;
    } else if (key === 'a' && (event.ctrlKey || event.metaKey)) {
      void model.selectAll();
    } else if (key === 'Escape' && selection.ids.size) {
      selection.set([]);
    } else {
      return false;
    }
    return true;
  };

  return {
    active,
    setActive,
    handlers: {
      ...kept,
      onKeyDown: event => {
        if (act(event)) {
          event.preventDefault();
          event.stopPropagation();
        }
      }
    }
  };
}

/** Where a key moves the focus, from a row of a list; undefined: it is no such key. */
function placeAfter(
  key: string,
  from: number,
  visible: number,
  total: number
): number | undefined {
  const page = Math.max(1, Math.floor(visible) - 1);
  const moves: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: total - 1
  };
  return moves[key];
}

/** Do what a key means on a row; whether it means anything. */
function actOnRow(
  key: string,
  row: Candidate | undefined,
  model: CandidatesModel,
  open: (id: string) => void
): boolean {
  if (!row) {
    return false;
  }
  if (['ArrowRight', 'ArrowLeft'].includes(key) && row.children) {
    void model.setUnfolded(row.id, key === 'ArrowRight');
  } else if (key === ' ') {
    model.selection.toggle(row.id);
  } else if (key === 'Enter') {
    open(row.id);
  } else {
    return false;
  }
  return true;
}
