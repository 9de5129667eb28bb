import type { ColumnDef, Header } from '@tanstack/react-table';
import { getCoreRowModel, useReactTable } from '@tanstack/react-table';
import type { Range } from '@tanstack/react-virtual';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { IShownColumn } from './table-row';
import type { CandidatesModel } from '../../models/candidates';
import type { IColumn } from '../../models/columns';
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
  const headers = useHeaders(model, shown);
  const nameWidth = headers[0].getSize();
  const widths = headers.slice(1).map(header => header.getSize());
  const offsets: number[] = [];
  const width = widths.reduce((left, size) => {
    offsets.push(left);
    return left + size;
  }, nameWidth);

  const pinned = shown.filter(id => model.choices.pinned.includes(id)).length;
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

  const overall = useOverall(model, shown);
  const columns = React.useMemo<IShownColumn[]>(
    () =>
      drawn.map(index => {
        const column = columnOf(shown[index]);
        return {
          ...column,
          ...overall(column),
          index,
          left: offsets[index],
          width: widths[index],
          pinned: index < pinned
        };
      }),
    [drawn.join(), offsets.join(), overall, pinned]
  );
  return {
    headers,
    columns,
    nameWidth,
    width,
    scrollTo: index => inSight.scrollToIndex(index)
  };
}

/** The heads of the columns; widths that a person has dragged are kept. */
function useHeaders(
  model: CandidatesModel,
  shown: readonly string[]
): Header<Candidate, unknown>[] {
  const { widths } = model.choices;
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
    [shown.join('\n')]
  );
  const [sizes, setSizes] = React.useState(widths);
  React.useEffect(() => setSizes(widths), [widths]);
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
  return table.getFlatHeaders();
}

type Overall = Pick<IShownColumn, 'range' | 'best' | 'aggregate' | 'direction'>;

/** What all rows together say of a column; told once for each state of the rows. */
function useOverall(
  model: CandidatesModel,
  shown: readonly string[]
): (column: IColumn) => Overall {
  const { rows, choices } = model;
  return React.useMemo(() => {
    const known = new Map<string, Overall>();
    return (column: IColumn) => {
      const found = known.get(column.id) ?? overallOf(column, model);
      known.set(column.id, found);
      return found;
    };
  }, [rows, model.keys, choices.aggregates, shown.join('\n')]);
}

/** Of a metric: the range of its values, and whose is best. */
function overallOf(column: IColumn, model: CandidatesModel): Overall {
  const { rows, choices } = model;
  const aggregate = choices.aggregates[column.name] ?? 'last';
  if (column.kind !== 'metrics') {
    return { range: null, best: null, aggregate, direction: null };
  }
  const direction = model.directionOf(column.name);
  const values = (row: Candidate) =>
    valueOf(row, column, aggregate, direction) as number | null;
  return {
    range: rangeOf(rows.map(values)),
    best: rows.length > 1 ? bestOf(rows, direction, values) : null,
    aggregate,
    direction
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
