import type { TranslationBundle } from '@jupyterlab/translation';
import type { VirtualItem } from '@tanstack/react-virtual';
import * as React from 'react';

import type { IRowActions } from './grid-actions';
import { actOnKey, useRowActions } from './grid-actions';
import type { IGridColumns } from './grid-columns';
import { useGridColumns } from './grid-columns';
import type { ICell } from './grid-focus';
import { HEAD, useGridFocus } from './grid-focus';
import type { IGridLines } from './grid-lines';
import { useGridLines } from './grid-lines';
import { useGridRows } from './grid-rows';
import { GroupRow } from './group-row';
import { HeaderCell } from './header-cell';
import { TableRow } from './table-row';
import { columnTitle } from './titles';
import { useClock } from '../shared/hooks';
import type { CandidatesModel } from '../../models/candidates';

/** The height of a line, and of the heads, in pixels. */
const ROW = 30;

interface IGridProps {
  model: CandidatesModel;
  /** Ids of the columns in order. */
  shown: readonly string[];
  open: (id: string) => void;
  trans: TranslationBundle;
}

/** Candidates by columns as an ARIA grid; rows and columns are drawn as they come into sight. */
export function Grid(props: IGridProps): React.ReactElement {
  const { model, shown, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const now = useClock();
  const lines = useGridLines(model);
  const columns = useGridColumns(model, shown, scroller);
  const rows = useGridRows(model, {
    scroller,
    count: lines.count,
    height: ROW
  });
  const grid = useGridFocus({
    scroller,
    lines: model.choices.group === null ? model.lines : null,
    count: lines.count,
    columns: shown.length,
    height: ROW,
    scrollTo: ({ line, column }) => {
      if (line > HEAD) {
        rows.scrollTo(line);
      }
      if (column > 0) {
        columns.scrollTo(column - 1);
      }
    }
  });
  const { active } = grid;
  const actions = useRowActions(model, props.open);
  return (
    <div
      ref={scroller}
      className="jp-mlops-Table"
      role="grid"
      aria-label={trans.__(
        'Table of %1',
        model.experiment?.name ?? trans.__('all experiments')
      )}
      aria-rowcount={lines.count + 1}
      aria-colcount={shown.length + 1}
      aria-multiselectable="true"
      aria-busy={model.busy}
      onFocus={grid.onFocus}
      onBlur={grid.onBlur}
      onKeyDown={event => {
        if (actOnKey(event, { model, lines, actions, grid })) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    >
      <Heads {...props} layout={columns} active={active} />
      <div
        role="rowgroup"
        className="jp-mlops-Table-body"
        style={{ width: columns.width, height: rows.height }}
      >
        {rows.items.map(item => (
          <GridLine
            key={keyOf(lines, item)}
            {...props}
            item={item}
            lines={lines}
            layout={columns}
            actions={actions}
            active={active.line === item.index ? active : null}
            now={now}
          />
        ))}
      </div>
    </div>
  );
}

/** The row of heads: the candidates' own, and those of columns in sight. */
function Heads(
  props: IGridProps & { layout: IGridColumns; active: ICell }
): React.ReactElement {
  const { model, shown, layout, active, trans } = props;
  return (
    <div
      role="rowgroup"
      className="jp-mlops-Table-head"
      style={{ width: layout.width }}
    >
      <div role="row" aria-rowindex={1} className="jp-mlops-TableRow">
        {[null, ...layout.columns].map(column => {
          const index = column ? column.index + 1 : 0;
          return (
            <HeaderCell
              key={column?.id ?? 'name'}
              header={layout.headers[index]}
              model={model}
              shown={shown}
              index={index}
              active={active.line === HEAD && active.column === index}
              style={
                column
                  ? { left: column.left, width: column.width }
                  : { width: layout.nameWidth }
              }
              trans={trans}
            />
          );
        })}
      </div>
    </div>
  );
}

/** One line: a group, a candidate, or the hole where it will be. */
function GridLine(
  props: IGridProps & {
    item: VirtualItem;
    lines: IGridLines;
    layout: IGridColumns;
    actions: IRowActions;
    /** The cell with the focus; null: none of this line. */
    active: ICell | null;
    now: number;
  }
): React.ReactElement {
  const { model, item, lines, layout, active, trans } = props;
  const { folds } = model.filter;
  const line = lines.at(item.index);
  const common = {
    rowIndex: item.index + 2,
    index: item.index,
    top: item.start,
    width: layout.width,
    nameWidth: layout.nameWidth,
    columns: layout.columns,
    trans
  };
  if (line?.kind === 'group') {
    return (
      <GroupRow
        {...common}
        group={line.group}
        title={columnTitle(model.choices.group ?? '', trans)}
        open={lines.isOpen(line.group)}
        active={active !== null}
        onToggle={() => lines.toggle(line.group)}
      />
    );
  }
  const candidate = line?.candidate;
  if (!line || !candidate) {
    return (
      <div
        role="presentation"
        className="jp-mlops-TableRow"
        data-loading
        style={{ top: item.start, width: layout.width }}
      />
    );
  }
  const child = folds && !!candidate.parent;
  return (
    <TableRow
      {...common}
      {...props.actions}
      candidate={candidate}
      indent={line.indent || child}
      child={child}
      unfolded={
        folds && candidate.children ? model.isUnfolded(candidate.id) : null
      }
      ticked={model.selection.ids.has(candidate.id)}
      activeColumn={active ? active.column : null}
      now={props.now}
    />
  );
}

/** What a line is, wherever it stands: so a row keeps its element when others come before it. */
function keyOf(lines: IGridLines, item: VirtualItem): React.Key {
  const line = lines.at(item.index);
  return line?.kind === 'group'
    ? `group ${line.group.value}`
    : (line?.candidate?.id ?? item.key);
}
