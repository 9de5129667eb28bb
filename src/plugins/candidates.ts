import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';

import {
  CANDIDATE_ARGS,
  CANDIDATES_ARGS,
  CommandIDs,
  NO_ARGS,
  PALETTE_CATEGORY
} from '../commands';
import { CandidatesModel } from '../models/candidates';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { UNDO_OFFERED_MS } from '../views/shared/undo';

/** Whether a node is the row of a candidate: what the context menu is about. */
const isRow = (node: HTMLElement) =>
  node.classList.contains('jp-mlops-Candidate');

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

    /** The candidate of the arguments, else that of the row under the pointer. */
    const idOf = (args: ReadonlyPartialJSONObject): string | undefined =>
      typeof args.id === 'string'
        ? args.id
        : app.contextMenuHitTest(isRow)?.dataset.id;
    /** The candidates of the arguments, else the row's, with all if it is ticked. */
    const idsOf = (args: ReadonlyPartialJSONObject): string[] => {
      if (Array.isArray(args.ids)) {
        return args.ids.map(String);
      }
      const id = idOf(args);
      return id && !model.selected.has(id) ? [id] : [...model.selected];
    };
    const row = (id: string | undefined) =>
      model.rows.find(item => item.id === id);

    app.commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Look for Candidates Again'),
      describedBy: { args: NO_ARGS },
      execute: () => model.refresh()
    });
    app.commands.addCommand(CommandIDs.starCandidate, {
      label: args =>
        row(idOf(args))?.starred
          ? trans.__('Remove Star')
          : trans.__('Star Candidate'),
      describedBy: { args: CANDIDATE_ARGS },
      isEnabled: args => idOf(args) !== undefined,
      execute: async args => {
        const id = idOf(args);
        if (id) {
          await model.star(id, !row(id)?.starred);
        }
      }
    });
    app.commands.addCommand(CommandIDs.renameCandidate, {
      label: trans.__('Rename Candidate…'),
      describedBy: { args: CANDIDATE_ARGS },
      isEnabled: args => idOf(args) !== undefined,
      execute: async args => {
        const id = idOf(args);
        if (!id) {
          return;
        }
        const { value } = await InputDialog.getText({
          title: trans.__('Rename Candidate'),
          label: trans.__('Name'),
          text: row(id)?.name
        });
        if (value?.trim()) {
          await model.rename(id, value.trim());
        }
      }
    });
    app.commands.addCommand(CommandIDs.deleteCandidates, {
      label: args =>
        trans._n(
          'Delete Candidate',
          'Delete %1 Candidates',
          Math.max(1, idsOf(args).length)
        ),
      describedBy: { args: CANDIDATES_ARGS },
      isEnabled: args => idsOf(args).length > 0,
      isVisible: () => !model.bin,
      execute: async args => {
        const ids = idsOf(args);
        try {
          await model.remove(ids);
        } catch (reason) {
          await showErrorMessage(trans.__('Not deleted'), reason as Error);
          return;
        }
        Notification.info(
          trans._n('Candidate deleted', '%1 candidates deleted', ids.length),
          {
            autoClose: UNDO_OFFERED_MS,
            actions: [
              {
                label: trans.__('Undo'),
                callback: () => void model.restore(ids)
              }
            ]
          }
        );
      }
    });
    app.commands.addCommand(CommandIDs.showDeleted, {
      label: trans.__('Show Deleted Candidates'),
      describedBy: { args: NO_ARGS },
      isToggleable: true,
      isToggled: () => model.bin,
      execute: async () => {
        model.setBin(!model.bin);
        await app.commands.execute(CommandIDs.openCandidates);
      }
    });
    app.commands.addCommand(CommandIDs.restoreCandidates, {
      label: args =>
        trans._n(
          'Restore Candidate',
          'Restore %1 Candidates',
          Math.max(1, idsOf(args).length)
        ),
      describedBy: { args: CANDIDATES_ARGS },
      isEnabled: args => model.bin && idsOf(args).length > 0,
      isVisible: () => model.bin,
      execute: async args => {
        const ids = idsOf(args);
        try {
          await model.restore(ids);
        } catch (reason) {
          await showErrorMessage(trans.__('Not restored'), reason as Error);
          return;
        }
        Notification.info(
          trans._n('Candidate restored', '%1 candidates restored', ids.length),
          { autoClose: 4000 }
        );
      }
    });
    app.commands.addCommand(CommandIDs.deleteForGood, {
      label: args =>
        trans._n(
          'Delete Candidate for Good…',
          'Delete %1 Candidates for Good…',
          Math.max(1, idsOf(args).length)
        ),
      describedBy: { args: CANDIDATES_ARGS },
      isEnabled: args => model.bin && idsOf(args).length > 0,
      isVisible: () => model.bin,
      execute: async args => {
        const ids = idsOf(args);
        const { button } = await showDialog({
          title: trans.__('Delete for good?'),
          body: trans._n(
            '%1 candidate goes with its params, metrics, tags and files. Model versions registered from it keep theirs. This cannot be undone.',
            '%1 candidates go with their params, metrics, tags and files. Model versions registered from them keep theirs. This cannot be undone.',
            ids.length
          ),
          buttons: [
            Dialog.cancelButton(),
            Dialog.warnButton({ label: trans.__('Delete for good') })
          ],
          defaultButton: 0
        });
        if (!button.accept) {
          return;
        }
        try {
          await model.remove(ids, { forGood: true });
        } catch (reason) {
          await showErrorMessage(trans.__('Not deleted'), reason as Error);
        }
      }
    });
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
