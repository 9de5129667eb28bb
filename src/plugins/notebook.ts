import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { createElement } from 'react';

import { perNotebook } from './per-notebook';
import {
  RUN_COMMANDS,
  addRecordingCommands,
  recordingMenu
} from './recording-commands';
import { CommandIDs, PALETTE_CATEGORY } from '../commands';
import { RecordingModel } from '../models/recording';
import { IMLOpsServer } from '../tokens';
import { CellBadges } from '../views/notebook/badges';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const RecordingButton = deferred(
  async () =>
    (await import('../views/notebook/recording-button')).RecordingButton
);

/** The recording button in the notebook's toolbar and the badges of its cells. */
export const notebook: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:notebook',
  description:
    'Shows what is recorded of a notebook, and which cells gave candidates.',
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

    const recordingOf = perNotebook(
      panel => new RecordingModel({ ...server, path: panel.context.path })
    );
    const current = (): RecordingModel | null => {
      const panel = tracker.currentWidget;
      return panel ? recordingOf(panel) : null;
    };

    addRecordingCommands(commands, current, trans);
    for (const command of RUN_COMMANDS) {
      palette?.addItem({ command, category: PALETTE_CATEGORY });
    }
    const menu = recordingMenu(commands);
    const onMenu = (anchor: DOMRect) => menu.open(anchor.left, anchor.bottom);

    toolbar?.addFactory('Notebook', 'mlops-recording', panel => {
      const model = recordingOf(panel as NotebookPanel);
      const widget = new ViewWidget(() =>
        createElement(RecordingButton, { model, onMenu, trans })
      );
      widget.addClass('jp-mlops-RecordingItem');
      return widget as Widget;
    });

    const open = (id: string) =>
      void commands.execute(CommandIDs.openCandidate, { id });
    tracker.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        if (panel.isDisposed) {
          return;
        }
        const badges = new CellBadges({
          notebook: panel.content,
          recording: recordingOf(panel),
          open,
          trans
        });
        panel.disposed.connect(() => badges.dispose(), badges);
      });
    }, tracker);
  }
};
