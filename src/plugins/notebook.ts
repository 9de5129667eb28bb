import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  InputDialog,
  IToolbarWidgetRegistry
} from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { Menu } from '@lumino/widgets';
import { createElement } from 'react';

import { perNotebook } from './per-notebook';
import { CommandIDs, NO_ARGS, PALETTE_CATEGORY } from '../commands';
import { RecordingModel } from '../models/recording';
import { IMLOpsServer } from '../tokens';
import { CellBadges } from '../views/notebook/badges';
import { discardRun, nameRun } from '../views/notebook/last-run';
import { orTold } from '../views/shared/told';
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

    commands.addCommand(CommandIDs.toggleRecording, {
      label: () =>
        current()?.recording?.paused
          ? trans.__('Resume Recording')
          : trans.__('Pause Recording'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => {
        const recording = current()?.recording;
        // Off without being paused is the server's setting.
        return !!recording && (recording.paused || recording.mode !== 'off');
      },
      execute: async () => {
        const model = current();
        if (model?.recording) {
          const paused = !model.recording.paused;
          await orTold(
            paused ? trans.__('Not paused') : trans.__('Not resumed'),
            () => model.setPaused(paused)
          );
        }
      }
    });
    commands.addCommand(CommandIDs.nameExperiment, {
      label: trans.__('Record as Another Experiment…'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!current()?.recording,
      execute: async () => {
        const model = current();
        const { value } = await InputDialog.getText({
          title: trans.__('Record as Experiment'),
          label: trans.__('Experiment'),
          text: model?.recording?.experiment
        });
        const name = value?.trim();
        if (model && name) {
          await orTold(trans.__('Recorded as before'), () =>
            model.setExperiment(name)
          );
        }
      }
    });
    commands.addCommand(CommandIDs.nameRun, {
      label: trans.__('Name the Last Run…'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!current()?.recording,
      execute: async () => {
        const model = current();
        if (model) {
          await orTold(trans.__('Not named'), () => nameRun(model, trans));
        }
      }
    });
    commands.addCommand(CommandIDs.discardRun, {
      label: trans.__('Discard the Last Run…'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!current()?.recording,
      execute: async () => {
        const model = current();
        if (model) {
          await orTold(trans.__('Not discarded'), () =>
            discardRun(model, trans)
          );
        }
      }
    });
    for (const command of [
      CommandIDs.toggleRecording,
      CommandIDs.nameExperiment,
      CommandIDs.nameRun,
      CommandIDs.discardRun
    ]) {
      palette?.addItem({ command, category: PALETTE_CATEGORY });
    }

    const menu = new Menu({ commands });
    menu.addItem({ command: CommandIDs.toggleRecording });
    menu.addItem({ command: CommandIDs.nameExperiment });
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: CommandIDs.nameRun });
    menu.addItem({ command: CommandIDs.discardRun });
    menu.addItem({ command: CommandIDs.insertOutput });
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: CommandIDs.openCandidates });
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
