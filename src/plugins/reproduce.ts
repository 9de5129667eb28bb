import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ReproductionViews } from './reproduction-views';
import { whichCandidate } from './which-candidate';
import { CommandIDs, PALETTE_CATEGORY, ROW_ARGS } from '../commands';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { askCopy } from '../views/reproduce/copy-dialog';
import { pythonHighlight } from '../views/shared/highlight';

/** Run candidates again, look at what ran, and restore copies of notebooks. */
export const reproduce: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:reproduce',
  description: 'Runs candidates again, and shows and restores what ran.',
  autoStart: true,
  requires: [IMLOpsServer, ICandidatesModel, IRenderMimeRegistry],
  optional: [
    ILayoutRestorer,
    ICommandPalette,
    ITranslator,
    IEditorLanguageRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    candidates: ICandidatesModel,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const views = new ReproductionViews({
      app,
      server,
      candidates,
      rendermime,
      highlight: pythonHighlight(languages),
      trans
    });

    /** A command about one candidate. */
    const add = (
      command: string,
      label: string,
      execute: (id: string) => Promise<unknown>
    ): void => {
      commands.addCommand(command, {
        label,
        describedBy: { args: ROW_ARGS },
        execute: async args => {
          const id = await whichCandidate(app, candidates, args, trans);
          if (id) {
            await execute(id);
          }
        }
      });
      palette?.addItem({ command, category: PALETTE_CATEGORY });
    };
    add(CommandIDs.runAgain, trans.__('Run Candidate Again'), async id => {
      const model = await views.openReproduction(id);
      await model.begin({});
    });
    add(
      CommandIDs.runWithParameters,
      trans.__('Run Candidate Again with Changed Parameters…'),
      id => runChanged(views, id, false, trans)
    );
    add(CommandIDs.runGrid, trans.__('Run a Grid of Parameters…'), id =>
      runChanged(views, id, true, trans)
    );
    add(
      CommandIDs.openReproduction,
      trans.__('Show Match Reports of Candidate'),
      id => views.openReproduction(id)
    );
    add(CommandIDs.openAsItRan, trans.__('Open Candidate as It Ran'), id =>
      views.openAsItRan(id)
    );
    add(
      CommandIDs.restoreCopy,
      trans.__('Restore a Copy of the Notebook…'),
      id => restoreCopy(app, server, id, trans)
    );

    const argsOf = (id: string) => ({ id });
    views.reruns.restore(restorer, CommandIDs.openReproduction, argsOf);
    views.executions.restore(restorer, CommandIDs.openAsItRan, argsOf);
  }
};

/** Ask for parameters to run a candidate with, or say why there are none. */
async function runChanged(
  views: ReproductionViews,
  id: string,
  grid: boolean,
  trans: TranslationBundle
): Promise<void> {
  const model = await views.openReproduction(id);
  await model.refresh();
  if (model.state?.parameters.length) {
    await views.ask(model, grid);
    return;
  }
  await showErrorMessage(
    trans.__('Nothing to change'),
    model.state?.problem ??
      model.problem?.message ??
      trans.__(
        'The notebook binds no literal to a name at top level, such as learning_rate = 0.1.'
      )
  );
}

/** Ask what to restore of a candidate's notebook, and open the copy. */
async function restoreCopy(
  app: JupyterFrontEnd,
  server: IMLOpsServer,
  id: string,
  trans: TranslationBundle
): Promise<void> {
  const asItRan = await askCopy(trans);
  if (asItRan === null) {
    return;
  }
  try {
    const path = await server.client.restoreCopy(id, asItRan);
    void app.commands.execute('docmanager:open', { path });
  } catch (reason) {
    await showErrorMessage(trans.__('No copy was made'), reason as Error);
  }
}
