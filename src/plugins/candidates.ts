import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import { addRowCommands } from './candidate-commands';
import { CommandIDs, NO_ARGS, PALETTE_CATEGORY } from '../commands';
import { CandidatesModel } from '../models/candidates';
import { ICandidatesModel, IMLOpsServer } from '../tokens';

/** The candidates that all views share, and commands on them. */
export const candidates: JupyterFrontEndPlugin<ICandidatesModel> = {
  id: 'jupyterlab-mlops:candidates',
  description: 'Provides candidates and the commands on them.',
  autoStart: true,
  requires: [IMLOpsServer],
  optional: [INotebookTracker, IStateDB, ICommandPalette, ITranslator],
  provides: ICandidatesModel,
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    notebooks: INotebookTracker | null,
    state: IStateDB | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): ICandidatesModel => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const model = new CandidatesModel({
      ...server,
      memory: state
        ? {
            fetch: key => state.fetch(key),
            save: (key, value) => state.save(key, value as ReadonlyJSONObject)
          }
        : undefined
    });
    if (notebooks) {
      followNotebook(notebooks, model);
    }

    app.commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Look for Candidates Again'),
      describedBy: { args: NO_ARGS },
      execute: () => model.refresh()
    });
    app.commands.addCommand(CommandIDs.showDeleted, {
      label: trans.__('Show Deleted Candidates'),
      describedBy: { args: NO_ARGS },
      isToggleable: true,
      isToggled: () => model.filter.bin,
      execute: async () => {
        model.setBin(!model.filter.bin);
        await app.commands.execute(CommandIDs.openCandidates);
      }
    });
    addRowCommands(app, model, trans);
    for (const command of [CommandIDs.refresh, CommandIDs.showDeleted]) {
      palette?.addItem({ command, category: PALETTE_CATEGORY });
    }
    void app.restored.then(() => model.refresh());
    return model;
  }
};

/** Keep the model told of the notebook in front, through renames too. */
function followNotebook(
  notebooks: INotebookTracker,
  model: CandidatesModel
): void {
  const tell = () => {
    const panel = notebooks.currentWidget;
    void model.setNotebook(
      panel?.context.path ?? null,
      panel ? () => sourcesOf(panel) : undefined
    );
  };
  notebooks.currentChanged.connect(tell, model);
  notebooks.widgetAdded.connect((_, panel) => {
    const { context } = panel;
    const edited = () => {
      if (panel === notebooks.currentWidget) {
        model.noteEdit();
      }
    };
    context.pathChanged.connect(tell, model);
    context.model.contentChanged.connect(edited, model);
    void context.ready.then(edited);
    panel.disposed.connect(tell, model);
  }, model);
  tell();
}

/** The code cells of a notebook as they read now, saved or not; null before it is loaded. */
function sourcesOf({ context }: NotebookPanel): string[] | null {
  return context.isDisposed || !context.isReady
    ? null
    : context.model.sharedModel.cells
        .filter(cell => cell.cell_type === 'code')
        .map(cell => cell.getSource());
}
