import type { TranslationBundle } from '@jupyterlab/translation';
import type { ColumnDef } from '@tanstack/react-table';
import { getCoreRowModel, useReactTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { GroupRow } from './group-row';
import { HeaderCell } from './header-cell';
import { columnTitle } from './titles';
import type { IShownColumn } from './table-row';
import { TableRow } from './table-row';
import { TableToolbar } from './toolbar';
import { useClock, useKeptFocus, useModel } from '../shared/hooks';
import { Blank, ProblemView, Skeleton } from '../shared/problem';
import type { CandidatesModel } from '../../models/candidates';
import type { IGroup } from '../../models/columns';
import {
  FIRST_ATTRIBUTES,
  columnOf,
  groupsOf,
  rangeOf,
  valueOf
} from '../../models/columns';
import { bestOf } from '../../models/measure';
import type { Candidate } from '../../models/types';

const ROW = 30;
const NAME_WIDTH = 300;
const WIDTHS = { metrics: 120, params: 112, attributes: 100 };
/** Rows that are loaded before they are put into groups. */
const GROUPED = 5000;

/** What is drawn in one line: a candidate, or the head of a group. */
type Line =
  | { kind: 'candidate'; candidate: Candidate | undefined; indent: boolean }
  | { kind: 'group'; group: IGroup };

/** The full table of candidates, rows and columns drawn as they come into sight. */
export function CandidatesTable(props: {
  model: CandidatesModel;
  open: (id: string) => void;
  compare: (ids: string[]) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, compare, trans } = props;
  useModel(model);
  const shown = shownColumns(model);
  return (
    <div className="jp-mlops-TableView">
      <TableToolbar
        model={model}
        shown={shown}
        compare={compare}
        trans={trans}
      />
      {model.problem ? (
        <ProblemView
          problem={model.problem}
          retry={() => void model.refresh()}
          trans={trans}
        />
      ) : !model.ready ? (
        <Skeleton rows={12} />
      ) : !model.rows.length ? (
        <Blank
          title={
            model.filtered
              ? trans.__('No candidate matches')
              : trans.__('No candidates yet')
          }
          action={
            model.filtered
              ? {
                  label: trans.__('Clear search and filters'),
                  run: () => model.clearFilter()
                }
              : undefined
          }
        />
      ) : (
        <Grid {...props} shown={shown} />
      )}
    </div>
  );
}

/** Columns in order: pinned ones first; facts before automatic ones. */
function shownColumns(model: CandidatesModel): string[] {
  const { columns, pinned } = model.choices;
  const all = columns ?? [...FIRST_ATTRIBUTES, ...model.columns];
  const first = all.filter(id => pinned.includes(id));
  return [...first, ...all.filter(id => !pinned.includes(id))];
}

function Grid(props: {
  model: CandidatesModel;
  shown: readonly string[];
  open: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, shown, open, trans } = props;
  const { rows, total, selected, choices } = model;
  const scroller = React.useRef<HTMLDivElement>(null);
  const now = useClock();
  const [closed, setClosed] = React.useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = React.useState({ line: 0, column: 0 });

  const columnsKey = shown.join('\n');
  const definitions = React.useMemo<ColumnDef<Candidate>[]>(
    () => [
      { id: 'name', size: NAME_WIDTH, minSize: 160, maxSize: 800 },
      ...shown.map(id => ({
        id,
        size: WIDTHS[columnOf(id).kind],
        minSize: 56,
        maxSize: 600
      }))
    ],
    [columnsKey]
  );
  const [sizes, setSizes] = React.useState(choices.widths);
  React.useEffect(() => setSizes(choices.widths), [choices.widths]);
  const table = useReactTable<Candidate>({
    data: rows as Candidate[],
    columns: definitions,
    getRowId: candidate => candidate.id,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true,
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
  const lines = useLines(model, closed);
  const count = choices.group ? lines.length : total;

  const rowsInSight = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: 0
  });
  const pinnedCount = shown.filter(id => choices.pinned.includes(id)).length;
  const columnsInSight = useVirtualizer({
    horizontal: true,
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => widths[index] ?? 100,
    overscan: 3,
    rangeExtractor: range => {
      const last = Math.min(range.endIndex + range.overscan, range.count - 1);
      const first = Math.max(range.startIndex - range.overscan, pinnedCount);
      const pinned = Array.from({ length: pinnedCount }, (_, index) => index);
      const rest = Array.from(
        { length: Math.max(0, last - first + 1) },
        (_, index) => first + index
      );
      return [...pinned, ...rest];
    }
  });
  React.useEffect(() => columnsInSight.measure(), [widths.join()]);

  const items = rowsInSight.getVirtualItems();
  const lastItem = items.length ? items[items.length - 1].index : 0;
  React.useEffect(() => {
    void model.ensure(choices.group ? Math.min(total, GROUPED) - 1 : lastItem);
  }, [model, choices.group, lastItem, total]);

  const metricsOf = React.useMemo(() => {
    const found = new Map<string, Pick<IShownColumn, 'range' | 'best'>>();
    for (const id of shown) {
      const column = columnOf(id);
      if (column.kind !== 'metrics') {
        continue;
      }
      const direction = model.directionOf(column.name);
      const aggregate = choices.aggregates[column.name];
      found.set(id, {
        range: rangeOf(
          rows.map(
            row => valueOf(row, column, aggregate, direction) as number | null
          )
        ),
        best: rows.length > 1 ? bestOf(rows, column.name, direction) : null
      });
    }
    return found;
  }, [rows, columnsKey, choices.aggregates]);

  const offsets: number[] = [];
  widths.reduce((left, width) => {
    offsets.push(left);
    return left + width;
  }, nameWidth);
  const drawn = columnsInSight.getVirtualItems().map(item => item.index);
  const drawnKey = `${drawn.join()}|${widths.join()}|${nameWidth}`;
  const columns = React.useMemo<IShownColumn[]>(
    () =>
      drawn.map(index => {
        const column = columnOf(shown[index]);
        return {
          ...column,
          index,
          left: offsets[index],
          width: widths[index],
          pinned: index < pinnedCount,
          aggregate: choices.aggregates[column.name] ?? 'last',
          direction:
            column.kind === 'metrics' ? model.directionOf(column.name) : 'max',
          range: metricsOf.get(column.id)?.range ?? null,
          best: metricsOf.get(column.id)?.best ?? null
        };
      }),
    [drawnKey, columnsKey, metricsOf, pinnedCount]
  );
  const width = nameWidth + widths.reduce((sum, value) => sum + value, 0);

  const onTick = React.useCallback(
    (id: string, on: boolean) => model.toggleSelected(id, on),
    [model]
  );
  const openRef = React.useRef(open);
  openRef.current = open;
  const onOpen = React.useCallback((id: string) => openRef.current(id), []);

  const onUnfold = React.useCallback(
    (id: string, on: boolean) => void model.setUnfolded(id, on),
    [model]
  );

  const toggleGroup = (group: IGroup) => {
    const next = new Set(closed);
    const key = String(group.value);
    if (!next.delete(key)) {
      next.add(key);
    }
    setClosed(next);
  };

  const focusCell = (line: number, column: number) => {
    const to = {
      line: Math.min(Math.max(line, 0), count - 1),
      column: Math.min(Math.max(column, 0), shown.length)
    };
    setActive(to);
    rowsInSight.scrollToIndex(to.line);
    if (to.column > 0) {
      columnsInSight.scrollToIndex(to.column - 1);
    }
    window.setTimeout(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`[data-cell="${to.line}:${to.column}"]`)
        ?.focus({ preventScroll: true })
    );
  };

  const activeId = React.useRef<string | null>(null);
  const place = choices.group
    ? -1
    : rows.findIndex(row => row.id === activeId.current);
  const line = place >= 0 ? place : active.line;
  React.useEffect(() => {
    if (line !== active.line) {
      setActive({ line, column: active.column });
    }
  }, [line]);
  const kept = useKeptFocus(rows, () =>
    scroller.current
      ?.querySelector<HTMLElement>(`[data-cell="${line}:${active.column}"]`)
      ?.focus({ preventScroll: true })
  );

  const onKeyDown = (event: React.KeyboardEvent) => {
    const cell = (event.target as HTMLElement).dataset.cell;
    if (!cell) {
      return;
    }
    const line = lines[active.line];
    activeId.current = null;
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 2
    );
    const control = event.ctrlKey || event.metaKey;
    const moves: Record<string, [number, number]> = {
      ArrowDown: [active.line + 1, active.column],
      ArrowUp: [active.line - 1, active.column],
      ArrowRight: [active.line, active.column + 1],
      ArrowLeft: [active.line, active.column - 1],
      PageDown: [active.line + page, active.column],
      PageUp: [active.line - page, active.column],
      Home: [control ? 0 : active.line, 0],
      End: [control ? count - 1 : active.line, shown.length]
    };
    const unfolds = { ArrowRight: true, ArrowLeft: false }[event.key];
    if (
      unfolds !== undefined &&
      active.column === 0 &&
      line?.kind === 'candidate' &&
      line.candidate?.children &&
      model.folds &&
      model.isUnfolded(line.candidate.id) !== unfolds
    ) {
      onUnfold(line.candidate.id, unfolds);
    } else if (event.key in moves) {
      focusCell(...moves[event.key]);
    } else if (line?.kind === 'group' && [' ', 'Enter'].includes(event.key)) {
      toggleGroup(line.group);
    } else if (line?.kind === 'candidate' && line.candidate) {
      if (event.key === ' ') {
        model.toggleSelected(line.candidate.id);
      } else if (event.key === 'Enter') {
        open(line.candidate.id);
      } else if (event.key === 'a' && control) {
        model.select(rows.map(row => row.id));
      } else if (event.key === 'Escape' && selected.size) {
        model.select([]);
      } else {
        return;
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={scroller}
      className="jp-mlops-Table"
      role="grid"
      aria-label={trans.__(
        'Table of %1',
        model.experiment?.name ?? trans.__('all experiments')
      )}
      aria-rowcount={count + 1}
      aria-colcount={shown.length + 1}
      aria-multiselectable="true"
      onKeyDown={onKeyDown}
      onBlur={kept.onBlur}
      onFocus={event => {
        kept.onFocus();
        const target = event.target as HTMLElement;
        const cell = target.dataset.cell;
        if (cell) {
          const row = target.closest<HTMLElement>('[data-id]');
          activeId.current = row?.dataset.id ?? null;
          const [line, column] = cell.split(':').map(Number);
          setActive({ line, column });
        }
      }}
    >
      <div role="rowgroup" className="jp-mlops-Table-head" style={{ width }}>
        <div role="row" aria-rowindex={1} className="jp-mlops-TableRow">
          <HeaderCell
            header={headers[0]}
            model={model}
            shown={shown}
            index={0}
            style={{ width: nameWidth }}
            trans={trans}
          />
          {columns.map(column => (
            <HeaderCell
              key={column.id}
              header={headers[column.index + 1]}
              model={model}
              shown={shown}
              index={column.index + 1}
              style={{ left: column.left, width: column.width }}
              trans={trans}
            />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="jp-mlops-Table-body"
        style={{ width, height: rowsInSight.getTotalSize() }}
      >
        {items.map(item => {
          const line = choices.group
            ? lines[item.index]
            : ({
                kind: 'candidate',
                candidate: rows[item.index],
                indent: false
              } as Line);
          const common = {
            rowIndex: item.index + 2,
            index: item.index,
            top: item.start,
            width,
            nameWidth,
            columns,
            trans
          };
          if (line?.kind === 'group') {
            return (
              <GroupRow
                key={`group ${line.group.value}`}
                {...common}
                group={line.group}
                title={columnTitle(choices.group ?? '', trans)}
                open={!closed.has(String(line.group.value))}
                active={active.line === item.index}
                onToggle={() => toggleGroup(line.group)}
              />
            );
          }
          return line?.candidate ? (
            <TableRow
              key={line.candidate.id}
              {...common}
              candidate={line.candidate}
              indent={
                line.indent || (model.folds && line.candidate.parent !== null)
              }
              child={model.folds && line.candidate.parent !== null}
              unfolded={
                model.folds && line.candidate.children
                  ? model.isUnfolded(line.candidate.id)
                  : null
              }
              onUnfold={onUnfold}
              ticked={selected.has(line.candidate.id)}
              activeColumn={active.line === item.index ? active.column : null}
              now={now}
              onTick={onTick}
              onOpen={onOpen}
            />
          ) : (
            <div
              key={item.key}
              role="presentation"
              className="jp-mlops-TableRow"
              data-loading
              style={{ top: item.start, width }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Loaded rows in groups, those of closed groups left out. */
function useLines(
  model: CandidatesModel,
  closed: ReadonlySet<string>
): readonly Line[] {
  const { rows } = model;
  const { group: by } = model.choices;
  return React.useMemo<Line[]>(() => {
    const line = (candidate: Candidate, indent: boolean): Line => ({
      kind: 'candidate',
      candidate,
      indent
    });
    if (!by) {
      return rows.map(candidate => line(candidate, false));
    }
    return groupsOf(rows, by).flatMap(group => [
      { kind: 'group' as const, group },
      ...(closed.has(String(group.value))
        ? []
        : group.candidates.map(candidate => line(candidate, true)))
    ]);
  }, [rows, by, closed]);
}
