import type { ColumnDef, Header } from '@tanstack/react-table';
import { getCoreRowModel, useReactTable } from '@tanstack/react-table';
import type { Range } from '@tanstack/react-virtual';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { IShownColumn } from './table-row';
import type { CandidatesModel } from '../../models/candidates';
import {
  FIRST_ATTRIBUTES,
  columnOf,
  rangeOf,
  valueOf
} from '../../models/columns';
import { bestOf } from '../../models/measure';
import type { Candidate } from '../../models/types';

const NAME_WIDTH = 280;
const WIDTHS = { metrics: 112, params: 104, tags: 104, attributes: 88 };
/** Facts that are long. */
const WIDE: Record<string, number> = {
  'attributes.model_class': 140,
  'attributes.notebook': 160,
  'attributes.score': 108
};
/** Narrowest and widest column, in pixels. */
export const WIDTH = { least: 56, most: 600 };

/** Columns in order: pinned ones first; facts before automatic ones. */
export function shownColumns(model: CandidatesModel): string[] {
  const { columns, pinned } = model.choices;
  const all = columns ?? [...FIRST_ATTRIBUTES, ...model.columns];
  const first = all.filter(id => pinned.includes(id));
  return [...first, ...all.filter(id => !pinned.includes(id))];
}

/** The columns of the grid: their heads, where they are, and which of them are in sight. */
export interface IGridColumns {
  headers: readonly Header<Candidate, unknown>[];
  /** Those that are drawn. */
  columns: readonly IShownColumn[];
  nameWidth: number;
  /** Of all columns together, in pixels. */
  width: number;
  scrollTo: (index: number) => void;
}

/** Lay the columns out; only those in sight are drawn, pinned ones always. */
export function useGridColumns(
  model: CandidatesModel,
  shown: readonly string[],
  scroller: React.RefObject<HTMLElement>
): IGridColumns {
  const { rows, choices } = model;
  const columnsKey = shown.join('\n');
  const definitions = React.useMemo<ColumnDef<Candidate>[]>(
    () => [
      { id: 'name', size: NAME_WIDTH, minSize: 160, maxSize: 800 },
      ...shown.map(id => ({
        id,
        size: WIDE[id] ?? WIDTHS[columnOf(id).kind],
        minSize: WIDTH.least,
        maxSize: WIDTH.most
      }))
    ],
    [columnsKey]
  );
  const [sizes, setSizes] = React.useState(choices.widths);
  React.useEffect(() => setSizes(choices.widths), [choices.widths]);
  const table = useReactTable<Candidate>({
    data: NO_ROWS,
    columns: definitions,
    getCoreRowModel: getCoreRowModel(),
    columnResizeMode: 'onChange',
    state: { columnSizing: sizes },
    onColumnSizingChange: setSizes
  });
  const resizing = table.getState().columnSizingInfo.isResizingColumn;
  const wasResizing = React.useRef(false);
  React.useEffect(() => {
    if (wasResizing.current && !resizing) {
      model.choose({ widths: sizes });
    }
    wasResizing.current = !!resizing;
  }, [resizing]);

  const headers = table.getFlatHeaders();
  const nameWidth = headers[0].getSize();
  const widths = headers.slice(1).map(header => header.getSize());
  const offsets: number[] = [];
  const width = widths.reduce((left, size) => {
    offsets.push(left);
    return left + size;
  }, nameWidth);

  const pinned = shown.filter(id => choices.pinned.includes(id)).length;
  const inSight = useVirtualizer({
    horizontal: true,
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => widths[index] ?? 100,
    overscan: 3,
    rangeExtractor: range => withPinned(range, pinned)
  });
  React.useEffect(() => inSight.measure(), [widths.join()]);
  const drawn = inSight.getVirtualItems().map(item => item.index);

  // What all rows together say of a column; told once for each state of the rows.
  const known = React.useMemo(
    () => new Map<string, Pick<IShownColumn, 'range' | 'best'>>(),
    [rows, choices.aggregates, columnsKey]
  );
  const columns = React.useMemo<IShownColumn[]>(
    () =>
      drawn.map(index => {
        const column = columnOf(shown[index]);
        const metric = column.kind === 'metrics';
        const direction = metric ? model.directionOf(column.name) : null;
        const aggregate = choices.aggregates[column.name] ?? 'last';
        let over = known.get(column.id);
        if (!over) {
          const values = (row: Candidate) =>
            valueOf(row, column, aggregate, direction) as number | null;
          over = metric
            ? {
                range: rangeOf(rows.map(values)),
                best: rows.length > 1 ? bestOf(rows, direction, values) : null
              }
            : { range: null, best: null };
          known.set(column.id, over);
        }
        return {
          ...column,
          ...over,
          index,
          left: offsets[index],
          width: widths[index],
          pinned: index < pinned,
          aggregate,
          direction
        };
      }),
    [drawn.join(), offsets.join(), known, pinned]
  );
  return {
    headers,
    columns,
    nameWidth,
    width,
    scrollTo: index => inSight.scrollToIndex(index)
  };
}

/** Only the columns are the table's; rows are drawn by themselves. */
const NO_ROWS: Candidate[] = [];

function withPinned(range: Range, pinned: number): number[] {
  const last = Math.min(range.endIndex + range.overscan, range.count - 1);
  const first = Math.max(range.startIndex - range.overscan, pinned);
  return [
    ...Array.from({ length: pinned }, (_, index) => index),
    ...Array.from(
      { length: Math.max(0, last - first + 1) },
      (_, index) => first + index
    )
  ];
}
