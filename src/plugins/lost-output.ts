import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  IToolbarWidgetRegistry,
  Notification
} from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { perNotebook } from './per-notebook';
import { CommandIDs, NO_ARGS, PALETTE_CATEGORY } from '../commands';
import { LostOutputModel } from '../models/lost-output';
import { IMLOpsServer } from '../tokens';
import { showOutputs, shownCells } from '../views/notebook/shown-cells';
import { UNDO_OFFERED_MS } from '../views/shared/undo';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const LostOutputButton = deferred(
  async () =>
    (await import('../views/notebook/lost-output-button')).LostOutputButton
);

/** Brings back output that arrived while a notebook was not open. */
export const lostOutput: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:lost-output',
  description: 'Brings back output that arrived while a notebook was not open.',
  autoStart: true,
  requires: [IMLOpsServer, INotebookTracker],
  optional: [IToolbarWidgetRegistry, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    tracker: INotebookTracker,
    toolbar: IToolbarWidgetRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const command = CommandIDs.insertOutput;

    const modelOf = perNotebook(panel => {
      const model = watch(panel, server);
      model.changed.connect(
        () => commands.notifyCommandChanged(command),
        model
      );
      return model;
    });

    const current = (): LostOutputModel | null =>
      tracker.currentWidget && modelOf(tracker.currentWidget);

    commands.addCommand(command, {
      label: trans.__('Bring Back Lost Output'),
      describedBy: { args: NO_ARGS },
      // In the menu of a cell it stands only where there is something.
      isVisible: args => !args.cell || !!current()?.lost.length,
      isEnabled: () => !!current()?.lost.length,
      execute: async () => {
        const panel = tracker.currentWidget;
        if (panel) {
          await bringBack(panel, modelOf(panel), trans);
        }
      }
    });
    palette?.addItem({ command, category: PALETTE_CATEGORY });

    toolbar?.addFactory('Notebook', 'mlops-insert-output', widget => {
      const panel = widget as NotebookPanel;
      const model = modelOf(panel);
      const onInsert = () => void bringBack(panel, model, trans);
      const item = new ViewWidget(() =>
        createElement(LostOutputButton, { model, onInsert, trans })
      );
      item.addClass('jp-mlops-LostOutputItem');
      return item;
    });
    tracker.forEach(panel => void modelOf(panel));
    tracker.widgetAdded.connect((_, panel) => void modelOf(panel), tracker);
  }
};

/** The model of a notebook; it looks when the cells are there and whenever the kernel is connected again. */
function watch(panel: NotebookPanel, server: IMLOpsServer): LostOutputModel {
  const { context } = panel;
  const model = new LostOutputModel({
    ...server,
    path: context.path,
    cells: () => (panel.isDisposed ? [] : shownCells(panel.content))
  });
  void context.ready.then(() => {
    if (panel.isDisposed) {
      return;
    }
    const saved = context.contentsModel?.last_modified;
    void model.open(saved ? Date.parse(saved) : 0);
    context.sessionContext.connectionStatusChanged.connect((_, status) => {
      if (status === 'connected') {
        void model.look();
      }
    }, model);
    NotebookActions.executed.connect((_, { notebook }) => {
      if (notebook === panel.content) {
        model.update();
      }
    }, model);
  });
  return model;
}

/** Show what the notebook does not show, and tell how much that was. */
async function bringBack(
  panel: NotebookPanel,
  model: LostOutputModel,
  trans: TranslationBundle
): Promise<void> {
  const undoings: (() => void)[] = [];
  let shortened = 0;
  try {
    for (const item of model.present()) {
      const found = await model.outputs(item.id);
      // Somebody may have run or edited the cell meanwhile.
      if (model.present().some(still => still.id === item.id)) {
        shortened += found.shortened ? 1 : 0;
        undoings.push(
          showOutputs(
            panel.content,
            item.cell_id,
            item.execution_count,
            found.outputs
          )
        );
      }
    }
  } catch (reason) {
    Notification.error(
      trans.__('Not brought back: %1', (reason as Error).message)
    );
  }
  model.update();
  if (!undoings.length) {
    return;
  }
  const told = trans._n(
    'The output of %1 cell was brought back',
    'The output of %1 cells was brought back',
    undoings.length
  );
  const note = trans._n(
    '%1 was too long to be kept whole',
    '%1 were too long to be kept whole',
    shortened
  );
  Notification.success(shortened ? `${told}; ${note}.` : `${told}.`, {
    autoClose: UNDO_OFFERED_MS,
    actions: [
      {
        label: trans.__('Undo'),
        callback: () => {
          undoings.forEach(undo => undo());
          void model.look();
        }
      }
    ]
  });
}
