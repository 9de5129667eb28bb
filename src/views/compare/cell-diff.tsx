import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ILineRow, IPart } from '../../models/line-diff';
import { diffLines, diffWords } from '../../models/line-diff';
import type { CodeCell } from '../../models/types';
import type { Highlight, IToken } from '../shared/code';
import { Tokens, cutTokens, useTokens } from '../shared/code';

/** One cell of two notebooks: its lines side by side, or below each other. */
export function CellDiff(props: {
  cell: CodeCell;
  twoSides: boolean;
  highlight: Highlight | null;
  trans: TranslationBundle;
}): React.ReactElement {
  const { cell, twoSides, highlight, trans } = props;
  const left = useTokens(cell.a ?? '', highlight);
  const right = useTokens(cell.b ?? '', highlight);
  const rows = React.useMemo(() => rowsOf(cell), [cell]);
  const words: Record<CodeCell['state'], string> = {
    equal: trans.__('Equal'),
    changed: trans.__('Changed'),
    added: trans.__('Added'),
    removed: trans.__('Removed')
  };
  const both = twoSides && cell.state === 'changed';
  return (
    <div
      role="group"
      className="jp-mlops-CellDiff"
      data-state={cell.state}
      aria-label={trans.__('%1 cell', words[cell.state])}
    >
      <div className="jp-mlops-CellDiff-head">{words[cell.state]}</div>
      <table data-sides={both ? 2 : 1}>
        <tbody>
          {rows.map((row, index) =>
            both ? (
              <TwoSides key={index} row={row} left={left} right={right} />
            ) : (
              <OneSide key={index} row={row} left={left} right={right} />
            )
          )}
        </tbody>
      </table>
    </div>
  );
}

interface IRowProps {
  row: ILineRow;
  left: readonly IToken[][];
  right: readonly IToken[][];
}

function TwoSides({ row, left, right }: IRowProps): React.ReactElement {
  const parts = changedParts(row);
  return (
    <tr>
      <Line side="a" row={row} tokens={left} parts={parts.a} />
      <Line side="b" row={row} tokens={right} parts={parts.b} />
    </tr>
  );
}

function OneSide({ row, left, right }: IRowProps): React.ReactElement {
  const parts = changedParts(row);
  return (
    <>
      {row.a && row.state !== 'equal' && (
        <tr>
          <Line side="a" row={row} tokens={left} parts={parts.a} />
        </tr>
      )}
      {row.b && (
        <tr>
          <Line side="b" row={row} tokens={right} parts={parts.b} />
        </tr>
      )}
    </>
  );
}

/** A line number, a sign, and the line. */
function Line(props: {
  side: 'a' | 'b';
  row: ILineRow;
  tokens: readonly IToken[][];
  parts: readonly IPart[] | null;
}): React.ReactElement {
  const { side, row, tokens, parts } = props;
  const line = row[side];
  if (!line) {
    return <td colSpan={3} className="jp-mlops-CellDiff-none" />;
  }
  const kind =
    row.state === 'equal' ? undefined : side === 'a' ? 'removed' : 'added';
  const own = tokens[line.number - 1] ?? [];
  return (
    <>
      <td className="jp-mlops-CellDiff-number" data-kind={kind}>
        {line.number}
      </td>
      <td className="jp-mlops-CellDiff-sign" data-kind={kind}>
        {kind === 'removed' ? '−' : kind === 'added' ? '+' : ''}
      </td>
      <td className="jp-mlops-CellDiff-line" data-kind={kind}>
        <Tokens tokens={parts ? cutTokens(own, parts) : own} />
      </td>
    </>
  );
}

/** The words that changed inside a line; when nearly all did, the line says enough. */
function changedParts(row: ILineRow): {
  a: readonly IPart[] | null;
  b: readonly IPart[] | null;
} {
  if (row.state !== 'changed' || !row.a || !row.b) {
    return { a: null, b: null };
  }
  const parts = diffWords(row.a.text, row.b.text);
  const kept = parts.a
    .filter(part => !part.changed && part.text.trim())
    .reduce((sum, part) => sum + part.text.length, 0);
  return kept * 4 < Math.min(row.a.text.length, row.b.text.length)
    ? { a: null, b: null }
    : parts;
}

function rowsOf(cell: CodeCell): ILineRow[] {
  const only = (side: 'a' | 'b', text: string): ILineRow[] =>
    text.split('\n').map((line, index) => {
      const there = { text: line, number: index + 1 };
      return side === 'a'
        ? { state: 'removed', a: there, b: null }
        : { state: 'added', a: null, b: there };
    });
  if (cell.a === null) {
    return only('b', cell.b ?? '');
  }
  if (cell.b === null) {
    return only('a', cell.a);
  }
  return diffLines(cell.a, cell.b);
}
