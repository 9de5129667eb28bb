import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { DifferenceCell } from './difference-cell';
import type { IColumnsInSight } from './differences-layout';
import type { DifferenceLine } from './rows';
import { bestIn } from './rows';
import type { CandidateDetail } from '../../models/types';

type GroupLine = Extract<DifferenceLine, { kind: 'group' }>;
type ValueLine = Extract<DifferenceLine, { kind: 'row' }>;

/** The head of a group of rows, which folds it. */
export function GroupHead(props: {
  line: GroupLine;
  title: string;
  folded: boolean;
  onToggle: () => void;
}): React.ReactElement {
  const { line, title, folded, onToggle } = props;
  return (
    <div role="rowheader" className="jp-mlops-Differences-group">
      <button type="button" aria-expanded={!folded} onClick={onToggle}>
        <span aria-hidden="true">{folded ? '▸' : '▾'}</span>
        {title}
        <span className="jp-mlops-Count" aria-hidden="true">
          {line.count}
        </span>
      </button>
    </div>
  );
}

/** A name, and its values of the candidates in sight. */
export function ValueCells(props: {
  line: ValueLine;
  candidates: readonly CandidateDetail[];
  baseline: string;
  layout: IColumnsInSight;
  trans: TranslationBundle;
}): React.ReactElement {
  const { line, candidates, baseline, layout, trans } = props;
  const best = bestIn(line.row);
  return (
    <>
      <RowName line={line} width={layout.nameWidth} trans={trans} />
      <div role="presentation" style={{ flex: 'none', width: layout.before }} />
      {layout.inSight.map(({ index }) => {
        const { id } = candidates[index];
        return (
          <div
            key={id}
            role="cell"
            aria-colindex={index + 2}
            className="jp-mlops-Differences-cell"
            data-numeric={line.group === 'metrics' || undefined}
            data-changed={isChanged(line, id, baseline)}
            style={{ width: layout.columnWidth }}
          >
            <DifferenceCell
              row={line.row}
              id={id}
              baseline={baseline}
              best={best === id}
              trans={trans}
            />
          </div>
        );
      })}
    </>
  );
}

/** What a row is of, and of a metric which way is better. */
function RowName(props: {
  line: ValueLine;
  /** Pixels. */
  width: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { line, width, trans } = props;
  const { name, direction } = line.row;
  return (
    <div
      role="rowheader"
      className="jp-mlops-Differences-name"
      style={{ width }}
      title={name}
    >
      <span>{name}</span>
      {direction && (
        <span
          className="jp-mlops-Muted"
          title={
            direction === 'max'
              ? trans.__('More is better')
              : trans.__('Less is better')
          }
        >
          {direction === 'max' ? '↑' : '↓'}
        </span>
      )}
    </div>
  );
}

/** Whether a value that is not measured is another than the baseline's. */
function isChanged(
  line: ValueLine,
  id: string,
  baseline: string
): true | undefined {
  const { values, direction } = line.row;
  return !direction && values[id] !== values[baseline] ? true : undefined;
}
