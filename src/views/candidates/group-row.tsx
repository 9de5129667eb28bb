import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IShownColumn } from './table-row';
import { formatDeviation, formatNumber } from '../../format';
import type { IGroup } from '../../models/columns';
import { spreadOf, valueOf } from '../../models/columns';

/** A class without its module; everything else as it is. */
function shortValue(value: string): string {
  return /^[a-z_][\w.]*\.[A-Z]\w*$/.test(value)
    ? value.slice(value.lastIndexOf('.') + 1)
    : value;
}

/** The head of a group: what its candidates share, and mean ± sd of their metrics. */
export function GroupRow(props: {
  group: IGroup;
  title: string;
  rowIndex: number;
  index: number;
  top: number;
  width: number;
  nameWidth: number;
  columns: readonly IShownColumn[];
  open: boolean;
  active: boolean;
  onToggle: () => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { group, columns, open, trans } = props;
  const Caret = open ? caretDownIcon : caretRightIcon;
  return (
    <div
      role="row"
      className="jp-mlops-TableRow jp-mlops-GroupRow"
      aria-rowindex={props.rowIndex}
      style={{ top: props.top, width: props.width }}
    >
      <div
        role="rowheader"
        aria-colindex={1}
        className="jp-mlops-Cell jp-mlops-Cell-name"
        data-pinned
        data-cell={`${props.index}:0`}
        style={{ width: props.nameWidth }}
        tabIndex={props.active ? 0 : -1}
        onClick={props.onToggle}
      >
        <button
          type="button"
          tabIndex={-1}
          className="jp-mlops-IconButton jp-mlops-GroupRow-caret"
          aria-expanded={open}
          aria-label={open ? trans.__('Fold group') : trans.__('Unfold group')}
        >
          <Caret.react tag="span" />
        </button>
        <span className="jp-mlops-Muted">{props.title}</span>
        <strong title={group.value ?? undefined}>
          {group.value === null ? trans.__('none') : shortValue(group.value)}
        </strong>
        <span className="jp-mlops-Count">{group.candidates.length}</span>
      </div>
      {columns.map(column => (
        <SpreadCell key={column.id} group={group} column={column} />
      ))}
    </div>
  );
}

/** Of a metric: mean ± sd of the group's candidates. */
function SpreadCell(props: {
  group: IGroup;
  column: IShownColumn;
}): React.ReactElement {
  const { group, column } = props;
  const spread =
    column.kind === 'metrics'
      ? spreadOf(
          group.candidates.map(candidate => {
            const value = valueOf(
              candidate,
              column,
              column.aggregate,
              column.direction
            );
            return typeof value === 'number' ? value : null;
          })
        )
      : null;
  return (
    <div
      role="gridcell"
      aria-colindex={column.index + 2}
      className="jp-mlops-Cell"
      data-number
      data-pinned={column.pinned || undefined}
      style={{ left: column.left, width: column.width }}
    >
      {spread && (
        <span className="jp-mlops-Cell-text">
          {formatNumber(spread.mean)}
          {spread.count > 1 && (
            <span className="jp-mlops-Muted">
              {` ± ${formatDeviation(spread.deviation)}`}
            </span>
          )}
        </span>
      )}
    </div>
  );
}
