import * as React from 'react';

import { useKeptFocus } from '../shared/hooks';
import type { CandidatesModel } from '../../models/candidates';

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
): {
  /** Index of the row that takes the focus. */
  active: number;
  /** Let the row of this id take it. */
  setActive: (id: string) => void;
  /** Handlers of the list's element. */
  handlers: Pick<
    React.HTMLAttributes<HTMLElement>,
    'onFocus' | 'onBlur' | 'onKeyDown'
  >;
} {
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

  /** Where a key moves the focus; undefined: it is no such key. */
  const placeAfter = (key: string): number | undefined => {
    const visible = (scroller.current?.clientHeight ?? height) / height;
    const page = Math.max(1, Math.floor(visible) - 1);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1
    };
    return moves[key];
  };

  /** Do what a key means on the row with the focus; whether it means anything. */
  const actOnRow = (key: string): boolean => {
    const row = lines[active];
    if (!row) {
      return false;
    }
    if (['ArrowRight', 'ArrowLeft'].includes(key) && row.children) {
      void model.setUnfolded(row.id, key === 'ArrowRight');
    } else if (key === ' ') {
      selection.toggle(row.id);
    } else if (key === 'Enter') {
      open(row.id);
    } else {
      return false;
    }
    return true;
  };

  /** Do what a key means anywhere in the list; whether it means anything. */
  const act = (event: React.KeyboardEvent): boolean => {
    const { key } = event;
    const to = placeAfter(key);
    const target = event.target as HTMLElement;
    if (to !== undefined) {
      const id = focusRow(to);
      if (event.shiftKey && id !== null) {
        selection.toggle(id, true);
      }
    } else if (target.getAttribute('role') === 'row' && actOnRow(key)) {
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
