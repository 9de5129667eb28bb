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

import { CANDIDATES_ARGS, CommandIDs, PALETTE_CATEGORY } from '../commands';
import { compareIcon } from '../icons';
import { CompareModel } from '../models/compare';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { ViewWidget } from '../views/shared/view-widget';

/** The main area's comparison of candidates. */
export const compare: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:compare',
  description: 'Compares candidates in the main area.',
  autoStart: true,
  requires: [IMLOpsServer, ICandidatesModel],
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    candidates: ICandidatesModel,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-compare'
    });
    const comparedIds = new WeakMap<MainAreaWidget, string[]>();
    let opened = 0;

    commands.addCommand(CommandIDs.compare, {
      label: trans.__('Compare Candidates'),
      icon: compareIcon,
      describedBy: { args: CANDIDATES_ARGS },
      isEnabled: args =>
        (Array.isArray(args.ids) ? args.ids.length : candidates.selected.size) >
        1,
      execute: async args => {
        const ids = Array.isArray(args.ids)
          ? args.ids.map(String)
          : [...candidates.selected];
        const { CompareView } = await import('../views/compare/compare');
        const model = new CompareModel({ ...server, ids });
        opened += 1;
        const prefix = `jp-mlops-compare-${opened}`;
        const content = new ViewWidget(() =>
          createElement(CompareView, { model, prefix, trans })
        );
        content.disposed.connect(() => model.dispose());
        const widget = new MainAreaWidget({ content });
        widget.id = prefix;
        widget.title.label = trans.__('Compare candidates');
        widget.title.icon = compareIcon;
        widget.title.closable = true;
        comparedIds.set(widget, ids);
        shell.add(widget, 'main', { type: 'Comparison' });
        await tracker.add(widget);
        shell.activateById(widget.id);
      }
    });
    candidates.changed.connect(
      () => commands.notifyCommandChanged(CommandIDs.compare),
      tracker
    );
    palette?.addItem({
      command: CommandIDs.compare,
      category: PALETTE_CATEGORY
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.compare,
        args: widget => ({ ids: comparedIds.get(widget) ?? [] }),
        name: widget => (comparedIds.get(widget) ?? []).join(',')
      });
    }
  }
};
