import type { VirtualItem } from '@tanstack/react-virtual';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { DifferenceLine } from './rows';
import { useWidth } from '../shared/hooks';

const ROW = 30;
const GROUP_ROW = 38;
/** The heads of the columns, in pixels. */
export const HEAD = 68;
/** Narrowest and widest column of a candidate, in pixels. */
const NARROW = 198;
const WIDE = 520;

/** The columns that are drawn, and how wide they are; all in pixels. */
export interface IColumnsInSight {
  inSight: readonly VirtualItem[];
  /** Of columns left of those in sight. */
  before: number;
  nameWidth: number;
  columnWidth: number;
}

/** Which rows and columns of the differences are drawn, and where. */
export function useDifferencesLayout(
  scroller: React.RefObject<HTMLElement>,
  lines: readonly DifferenceLine[],
  candidates: number
): {
  columns: IColumnsInSight;
  /** None before the width is known. */
  rows: readonly VirtualItem[];
  /** Of the whole table, in pixels. */
  width: number;
  height: number;
} {
  const width = useWidth(scroller);
  const nameWidth = width < 560 ? 132 : 200;
  const columnWidth = Math.max(
    NARROW,
    Math.min(WIDE, Math.floor((width - nameWidth) / candidates))
  );
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => (lines[index].kind === 'group' ? GROUP_ROW : ROW),
    scrollMargin: HEAD,
    overscan: 6
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: candidates,
    getScrollElement: () => scroller.current,
    estimateSize: () => columnWidth,
    overscan: 1
  });
  React.useEffect(() => rows.measure(), [rows, lines]);
  React.useEffect(() => columns.measure(), [columns, columnWidth]);
  const inSight = columns.getVirtualItems();
  return {
    columns: {
      inSight,
      before: inSight[0]?.start ?? 0,
      nameWidth,
      columnWidth
    },
    rows: width > 0 ? rows.getVirtualItems() : [],
    width: nameWidth + columns.getTotalSize(),
    height: rows.getTotalSize() + HEAD
  };
}
