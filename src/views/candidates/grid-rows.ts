import type { VirtualItem } from '@tanstack/react-virtual';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';

/**
 * The lines in sight: they are loaded before the others, and a new question
 * begins at the top.
 */
export function useGridRows(
  model: CandidatesModel,
  options: {
    scroller: React.RefObject<HTMLElement>;
    /** How many lines there are. */
    count: number;
    /** Height of a line in pixels. */
    height: number;
  }
): {
  items: readonly VirtualItem[];
  /** Of all lines, in pixels. */
  height: number;
  scrollTo: (index: number) => void;
} {
  const { scroller, height } = options;
  const rows = useVirtualizer({
    count: options.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12
  });
  const items = rows.getVirtualItems();
  const first = items.length ? items[0].index : 0;
  const last = items.length ? items[items.length - 1].index : 0;
  React.useEffect(() => {
    void model.ensure({ first, last });
  }, [model, first, last, model.question]);
  // Groups are of the whole list; what is scrolled through, only as far as it is good to be ahead.
  const whole = model.choices.group !== null;
  React.useEffect(() => {
    void model.fill({ all: whole });
  }, [model, model.question, model.count, whole]);
  React.useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [model.question]);
  return {
    items,
    height: rows.getTotalSize(),
    scrollTo: index => rows.scrollToIndex(index)
  };
}
