import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';
import type { IGroup } from '../../models/columns';
import { groupsOf } from '../../models/columns';
import type { Candidate } from '../../models/types';

/** What is drawn in one line: a candidate (or the hole where it will be), or the head of a group. */
export type Line =
  | { kind: 'candidate'; candidate: Candidate | undefined; indent: boolean }
  | { kind: 'group'; group: IGroup };

/** The lines of a grid. */
export interface IGridLines {
  count: number;
  at: (index: number) => Line | undefined;
  isOpen: (group: IGroup) => boolean;
  toggle: (group: IGroup) => void;
}

/** The lines of the grid: candidates as the model has them, or in groups that can be closed. */
export function useGridLines(model: CandidatesModel): IGridLines {
  const { lines, rows } = model;
  const { group: by } = model.choices;
  const [closed, setClosed] = React.useState<ReadonlySet<string>>(new Set());
  const grouped = React.useMemo<Line[] | null>(
    () =>
      by === null
        ? null
        : groupsOf(rows, by).flatMap((group): Line[] => [
            { kind: 'group', group },
            ...(closed.has(String(group.value))
              ? []
              : group.candidates.map((candidate): Line => ({
                  kind: 'candidate',
                  candidate,
                  indent: true
                })))
          ]),
    [rows, by, closed]
  );
  return {
    count: grouped ? grouped.length : lines.length,
    at: index =>
      grouped
        ? grouped[index]
        : index < lines.length
          ? { kind: 'candidate', candidate: lines[index], indent: false }
          : undefined,
    isOpen: group => !closed.has(String(group.value)),
    toggle: group => {
      const next = new Set(closed);
      const key = String(group.value);
      if (!next.delete(key)) {
        next.add(key);
      }
      setClosed(next);
    }
  };
}
