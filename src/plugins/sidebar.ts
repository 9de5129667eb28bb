import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { CommandIDs, NO_ARGS, PALETTE_CATEGORY } from '../commands';
import { experimentsIcon } from '../icons';
import { ICandidatesModel, IRegistryModel, ISyncModel } from '../tokens';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const ExperimentsPanel = deferred(
  async () => (await import('../views/sidebar/panel')).ExperimentsPanel
);

const ID = 'jupyterlab-mlops-experiments';

/** The panel at the left: experiments, candidates and models. */
export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:sidebar',
  description: 'Adds the panel of experiments, candidates and models.',
  autoStart: true,
  requires: [ICandidatesModel, IRegistryModel, ISyncModel],
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    candidates: ICandidatesModel,
    registry: IRegistryModel,
    sync: ISyncModel,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const run = (command: string, args = {}) =>
      void commands.execute(command, args);
    const actions = {
      openCandidate: (id: string) => run(CommandIDs.openCandidate, { id }),
      openTable: () => run(CommandIDs.openTable),
      compare: (ids: string[]) => run(CommandIDs.compare, { ids }),
      restore: (ids: string[]) => run(CommandIDs.restoreCandidates, { ids }),
      deleteForGood: (ids: string[]) => run(CommandIDs.deleteForGood, { ids }),
      openVersion: (model: string, version: string) =>
        run(CommandIDs.openModelVersion, { model, version }),
      run,
      connect: () => run(CommandIDs.connectGitLab),
      showQueue: () => run(CommandIDs.showQueue)
    };
    const widget = new ViewWidget(() =>
      createElement(ExperimentsPanel, {
        candidates,
        registry,
        sync,
        actions,
        trans
      })
    );
    widget.id = ID;
    widget.addClass('jp-mlops-Sidebar');
    widget.title.icon = experimentsIcon;
    widget.title.caption = trans.__('Experiments');
    widget.node.setAttribute('role', 'region');
    widget.node.setAttribute('aria-label', trans.__('Experiments'));
    shell.add(widget, 'left', { rank: 350, type: 'Experiments' });
    restorer?.add(widget, ID);

    commands.addCommand(CommandIDs.openCandidates, {
      label: trans.__('Show Experiments'),
      describedBy: { args: NO_ARGS },
      execute: () => shell.activateById(ID)
    });
    palette?.addItem({
      command: CommandIDs.openCandidates,
      category: PALETTE_CATEGORY
    });
  }
};
