import * as React from 'react';

import type { IGridLines } from './grid-lines';
import type { ICell, IGridFocus } from './grid-focus';
import { HEAD } from './grid-focus';
import type { CandidatesModel } from '../../models/candidates';

/** What can be done with a candidate of the grid. */
export interface IRowActions {
  /** Tick it or not; with all from the one that was last ticked where `range` is set. */
  onTick: (id: string, on: boolean, range: boolean) => void;
  onOpen: (id: string) => void;
  onUnfold: (id: string, on: boolean) => void;
}

/** The actions of rows; they stay the same while the grid does, so that rows need not be drawn again. */
export function useRowActions(
  model: CandidatesModel,
  open: (id: string) => void
): IRowActions {
  const latest = React.useRef(open);
  latest.current = open;
  return React.useMemo(
    () => ({
      onTick: (id, on, range) =>
        range
          ? model.selection.toggleTo(id, on)
          : model.selection.toggle(id, on),
      onOpen: id => latest.current(id),
      onUnfold: (id, on) => void model.setUnfolded(id, on)
    }),
    [model]
  );
}

/** Do what a key means in the grid; whether it means anything. */
export function actOnKey(
  event: React.KeyboardEvent,
  parts: {
    model: CandidatesModel;
    lines: IGridLines;
    actions: IRowActions;
    grid: IGridFocus;
  }
): boolean {
  const { model, lines, actions, grid } = parts;
  if ((event.target as HTMLElement).dataset.cell === undefined) {
    return false;
  }
  // The head's own keys (sort, move, resize) are its cell's.
  return (
    (grid.active.line !== HEAD &&
      actOnLine(event, model, lines, grid.active, actions)) ||
    grid.move(event)
  );
}

/** Do what a key means in the line with the focus; whether it means anything. */
function actOnLine(
  event: React.KeyboardEvent,
  model: CandidatesModel,
  lines: IGridLines,
  active: ICell,
  actions: IRowActions
): boolean {
  const line = lines.at(active.line);
  if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
    void model.selectAll();
    return true;
  }
  if (event.key === 'Escape' && model.selection.ids.size) {
    model.selection.set([]);
    return true;
  }
  if (line?.kind === 'group' && [' ', 'Enter'].includes(event.key)) {
    lines.toggle(line.group);
    return true;
  }
  if (line?.kind !== 'candidate' || !line.candidate) {
    return false;
  }
  const { id, children } = line.candidate;
  const unfold = { ArrowRight: true, ArrowLeft: false }[event.key];
  if (
    unfold !== undefined &&
    active.column === 0 &&
    children &&
    model.filter.folds &&
    model.isUnfolded(id) !== unfold
  ) {
    actions.onUnfold(id, unfold);
    return true;
  }
  if (event.key === ' ') {
    model.selection.toggle(id);
    return true;
  }
  if (event.key === 'Enter') {
    actions.onOpen(id);
    return true;
  }
  return false;
}
