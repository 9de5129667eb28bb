import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import {
  ICommandPalette,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { addToMain } from './place';
import { CommandIDs, NO_ARGS, PALETTE_CATEGORY } from '../commands';
import { tableIcon } from '../icons';
import { ICandidatesModel } from '../tokens';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const CandidatesTable = deferred(
  async () => (await import('../views/candidates/table')).CandidatesTable
);

const ID = 'jupyterlab-mlops-table';

/** The full table in the main area, over the model of the sidebar. */
export const table: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:table',
  description: 'Shows candidates as a full table in the main area.',
  autoStart: true,
  requires: [ICandidatesModel],
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: ICandidatesModel,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: ID
    });
    const open = (id: string) =>
      void commands.execute(CommandIDs.openCandidate, { id });
    const run = (command: string) => (ids: string[]) =>
      void commands.execute(command, { ids });
    const actions = {
      compare: run(CommandIDs.compare),
      restore: run(CommandIDs.restoreCandidates),
      deleteForGood: run(CommandIDs.deleteForGood)
    };

    commands.addCommand(CommandIDs.openTable, {
      label: trans.__('Open Experiments as a Table'),
      icon: tableIcon,
      describedBy: { args: NO_ARGS },
      execute: async () => {
        if (!tracker.currentWidget) {
          const content = new ViewWidget(() =>
            createElement(CandidatesTable, { model, open, actions, trans })
          );
          const widget = new MainAreaWidget({ content });
          widget.toolbar.hide();
          widget.id = ID;
          widget.title.icon = tableIcon;
          widget.title.closable = true;
          const tell = () => {
            widget.title.label =
              model.experiment?.name ?? trans.__('All experiments');
          };
          model.changed.connect(tell, widget);
          widget.disposed.connect(() => model.changed.disconnect(tell, widget));
          tell();
          addToMain(shell, widget, 'Candidates');
          await tracker.add(widget);
        }
        shell.activateById(ID);
      }
    });
    palette?.addItem({
      command: CommandIDs.openTable,
      category: PALETTE_CATEGORY
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.openTable,
        name: () => ID
      });
    }
  }
};
