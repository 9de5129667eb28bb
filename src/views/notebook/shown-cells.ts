import type { CodeCell, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import type { Notebook } from '@jupyterlab/notebook';

import type { IShownCell } from '../../models/lost-output';

/** The code cells of a notebook, as they stand. */
export function shownCells(notebook: Notebook): IShownCell[] {
  return codeModels(notebook).map(model => ({
    id: model.id,
    source: model.sharedModel.getSource(),
    executionCount: model.executionCount,
    outputs: model.outputs.length,
    running: model.executionState === 'running'
  }));
}

/** Show outputs in a cell, in a step that can be undone; returns its undoing. */
export function showOutputs(
  notebook: Notebook,
  cellId: string,
  executionCount: number | null,
  outputs: IOutput[]
): () => void {
  const shared = codeModels(notebook).find(
    model => model.id === cellId
  )?.sharedModel;
  if (!shared) {
    return () => undefined;
  }
  const before = shared.getOutputs();
  const countBefore = shared.execution_count;
  const show = (list: IOutput[], count: number | null) =>
    // By themselves outputs are no step of a cell's history; together with
    // what surrounds them they are.
    shared.transact(() => {
      shared.setOutputs(list);
      shared.execution_count = count;
    }, true);
  show(outputs, executionCount);
  return () => {
    if (!shared.isDisposed && shared.execution_count === executionCount) {
      show(before as IOutput[], countBefore);
    }
  };
}

function codeModels(notebook: Notebook): ICodeCellModel[] {
  return notebook.widgets
    .filter(cell => cell.model.type === 'code')
    .map(cell => (cell as CodeCell).model);
}
