/** The table of candidates as rows of a file: pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { columnTitle } from './titles';
import type { ITable } from '../../charts/types';
import type { CandidatesModel } from '../../models/candidates';
import { columnOf, valueOf } from '../../models/columns';
import type { Candidate } from '../../models/types';

/**
 * Candidates with the columns in sight, each value as it was recorded.
 *
 * @param shown - ids of the columns, in order.
 */
export function exportTable(
  candidates: readonly Candidate[],
  shown: readonly string[],
  model: Pick<CandidatesModel, 'choices' | 'directionOf'>,
  trans: TranslationBundle
): ITable {
  const columns = shown.map(columnOf);
  const cell = (candidate: Candidate, at: number) => {
    const column = columns[at];
    const value = valueOf(
      candidate,
      column,
      model.choices.aggregates[column.name],
      column.kind === 'metrics' ? model.directionOf(column.name) : null
    );
    return column.id === 'attributes.start_time' && value !== null
      ? new Date(Number(value)).toISOString()
      : value;
  };
  return {
    columns: [
      { label: trans.__('Id'), numeric: false },
      { label: trans.__('Candidate'), numeric: false },
      { label: trans.__('Status'), numeric: false },
      ...columns.map(({ id, kind }) => ({
        label: columnTitle(id, trans),
        numeric: kind === 'metrics'
      }))
    ],
    rows: candidates.map(candidate => [
      candidate.id,
      candidate.name,
      candidate.status,
      ...columns.map((_, at) => cell(candidate, at))
    ])
  };
}
