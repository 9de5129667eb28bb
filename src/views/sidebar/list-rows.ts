import type { VirtualItem } from '@tanstack/react-virtual';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';

/** Rows that are all loaded before anybody scrolls, at most. */
const FEW = 500;

/** The rows in sight; they are loaded first, and a new question begins at the top. */
export function useListRows(
  model: CandidatesModel,
  options: {
    scroller: React.RefObject<HTMLElement>;
    /** Height of a row in pixels. */
    height: number;
  }
): {
  items: readonly VirtualItem[];
  /** Of all rows, in pixels. */
  height: number;
  scrollTo: (index: number) => void;
} {
  const { scroller, height } = options;
  const { lines, total } = model;
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    getItemKey: index => lines[index]?.id ?? index
  });
  const items = rows.getVirtualItems();
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
  return {
    items,
    height: rows.getTotalSize(),
    scrollTo: index => rows.scrollToIndex(index)
  };
}
