import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { candidateTitle } from './titles';
import { UnfoldButton } from '../shared/controls';
import { StarMark, StatusGlyph, SyncGlyph } from '../shared/glyphs';
import { originName } from '../shared/origins';
import {
  formatAge,
  formatDuration,
  formatNumber,
  formatTime
} from '../../format';
import type { IColumn } from '../../models/columns';
import { isNumeric, valueOf } from '../../models/columns';
import type { Aggregate, Direction } from '../../models/measure';
import type { Candidate } from '../../models/types';

/** A column as a row needs it: where it is, and how its values read. */
export interface IShownColumn extends IColumn {
  /** Its place among all columns, from 0. */
  index: number;
  left: number;
  width: number;
  pinned: boolean;
  aggregate: Aggregate;
  direction: Direction;
  /** Least and greatest value in sight, for the bars. */
  range: { low: number; high: number } | null;
  /** The candidate whose value is best. */
  best: string | null;
}

interface ITableRowProps {
  candidate: Candidate;
  /** Its place in the grid, from 1: the head is 1. */
  rowIndex: number;
  /** Its place among the drawn rows, for the focus. */
  index: number;
  top: number;
  width: number;
  nameWidth: number;
  columns: readonly IShownColumn[];
  ticked: boolean;
  /** The column that holds the focus; null: none of this row. */
  activeColumn: number | null;
  indent: boolean;
  /** Whether it is shown below its parent. */
  child: boolean;
  /** Whether its children are shown; null: it has none to unfold. */
  unfolded: boolean | null;
  now: number;
  /** Ticked or not; with all from the one that was last ticked where Shift was held. */
  onTick: (id: string, on: boolean, range: boolean) => void;
  onOpen: (id: string) => void;
  onUnfold: (id: string, on: boolean) => void;
  trans: TranslationBundle;
}

/** One candidate of the table. */
export const TableRow = React.memo(function TableRow(
  props: ITableRowProps
): React.ReactElement {
  const { candidate, columns, activeColumn, trans } = props;
  const tab = (column: number) => (activeColumn === column ? 0 : -1);
  return (
    <div
      role="row"
      className="jp-mlops-TableRow jp-mlops-Candidate"
      aria-rowindex={props.rowIndex}
      aria-selected={props.ticked}
      data-id={candidate.id}
      style={{ top: props.top, width: props.width }}
      onDoubleClick={() => props.onOpen(candidate.id)}
    >
      <NameCell {...props} tabIndex={tab(0)} />
      {columns.map(column => (
        <ValueCell
          key={column.id}
          candidate={candidate}
          column={column}
          cell={`${props.index}:${column.index + 1}`}
          tabIndex={tab(column.index + 1)}
          now={props.now}
          trans={trans}
        />
      ))}
    </div>
  );
});

/** Who the candidate is: tick, status, name, children, star and sync. */
function NameCell(
  props: ITableRowProps & { tabIndex: number }
): React.ReactElement {
  const { candidate, trans } = props;
  return (
    <div
      role="gridcell"
      aria-colindex={1}
      className="jp-mlops-Cell jp-mlops-Cell-name"
      data-pinned
      data-cell={`${props.index}:0`}
      data-indent={props.indent || undefined}
      style={{ width: props.nameWidth }}
      tabIndex={props.tabIndex}
    >
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={trans.__('Select %1', candidate.name)}
        checked={props.ticked}
        onChange={event =>
          props.onTick(
            candidate.id,
            event.target.checked,
            (event.nativeEvent as MouseEvent).shiftKey
          )
        }
      />
      <StatusGlyph status={candidate.status} trans={trans} />
      <button
        type="button"
        tabIndex={-1}
        className="jp-mlops-Cell-open"
        title={candidate.name}
        onClick={() => props.onOpen(candidate.id)}
      >
        {candidateTitle(candidate, props.child)}
      </button>
      {props.unfolded !== null && (
        <UnfoldButton
          count={candidate.children ?? 0}
          unfolded={props.unfolded}
          onClick={() => props.onUnfold(candidate.id, !props.unfolded)}
          trans={trans}
        />
      )}
      {candidate.starred && <StarMark trans={trans} />}
      <SyncGlyph sync={candidate.sync} trans={trans} />
    </div>
  );
}

function ValueCell(props: {
  candidate: Candidate;
  column: IShownColumn;
  cell: string;
  tabIndex: number;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { candidate, column, now, trans } = props;
  const value = valueOf(candidate, column, column.aggregate, column.direction);
  const metric = column.kind === 'metrics';
  const { range } = column;
  const share =
    metric && range && typeof value === 'number' && Number.isFinite(value)
      ? (value - range.low) / (range.high - range.low)
      : null;
  return (
    <div
      role="gridcell"
      className="jp-mlops-Cell"
      aria-colindex={column.index + 2}
      data-cell={props.cell}
      data-pinned={column.pinned || undefined}
      data-number={isNumeric(column) || undefined}
      data-missing={value === null || undefined}
      data-best={column.best === candidate.id || undefined}
      style={{ left: column.left, width: column.width }}
      title={titleOf(value, column)}
      tabIndex={props.tabIndex}
    >
      {share !== null && (
        <span
          className="jp-mlops-Cell-bar"
          aria-hidden="true"
          style={{ width: `${Math.max(2, share * 100)}%` }}
        />
      )}
      <span className="jp-mlops-Cell-text">
        {textOf(value, column, now, trans)}
      </span>
    </div>
  );
}

/** A number with many digits as a metric would be written; other text as it is. */
function shortened(text: string): string {
  return text.length > 10 && /^-?\d*\.\d+(e[+-]?\d+)?$/i.test(text)
    ? formatNumber(Number(text))
    : text;
}

function titleOf(
  value: number | string | null,
  column: IColumn
): string | undefined {
  if (value === null) {
    return undefined;
  }
  return column.id === 'attributes.start_time'
    ? formatTime(Number(value))
    : String(value);
}

/** A value as its column writes it; a missing one is a dash, an empty one empty. */
function textOf(
  value: number | string | null,
  column: IColumn,
  now: number,
  trans: TranslationBundle
): string {
  if (value === null) {
    return '–';
  }
  switch (column.id) {
    case 'attributes.start_time':
      return formatAge(Number(value), now, trans);
    case 'attributes.duration':
      return formatDuration(Number(value));
    case 'attributes.model_class':
      return String(value).split('.').pop() ?? '';
    case 'attributes.origin':
      return originName(String(value), trans) || String(value);
    default:
      return typeof value === 'number' ? formatNumber(value) : shortened(value);
  }
}
