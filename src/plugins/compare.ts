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
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { createElement } from 'react';

import { addToMain } from './place';
import { COMPARISON_ARGS, CommandIDs, PALETTE_CATEGORY } from '../commands';
import { compareIcon } from '../icons';
import type { IChartChoices } from '../models/compare';
import { COMPARE_TABS, CompareModel } from '../models/compare';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { pythonHighlight } from '../views/shared/highlight';
import { ViewWidget } from '../views/shared/view-widget';

/** The main area's comparison of candidates. */
export const compare: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:compare',
  description: 'Compares candidates in the main area.',
  autoStart: true,
  requires: [IMLOpsServer, ICandidatesModel],
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
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-compare'
    });
    const models = new WeakMap<MainAreaWidget, CompareModel>();
    const actions = {
      openCandidate: (id: string) =>
        void commands.execute(CommandIDs.openCandidate, { id }),
      highlight: pythonHighlight(languages)
    };
    let opened = 0;

    commands.addCommand(CommandIDs.compare, {
      label: trans.__('Compare Candidates'),
      icon: compareIcon,
      describedBy: { args: COMPARISON_ARGS },
      isEnabled: args =>
        (Array.isArray(args.ids)
          ? args.ids.length
          : candidates.selection.ids.size) > 1,
      execute: async args => {
        const ids = Array.isArray(args.ids)
          ? args.ids.map(String)
          : [...candidates.selection.ids];
        const same = tracker.find(
          widget => models.get(widget)?.ids.join() === ids.join()
        );
        if (same) {
          shell.activateById(same.id);
          return;
        }
        const { CompareView } = await import('../views/compare/compare');
        const model = new CompareModel({
          ...server,
          ids,
          baseline:
            typeof args.baseline === 'string' ? args.baseline : undefined,
          tab: COMPARE_TABS.find(tab => tab === args.tab),
          differencesOnly: args.differencesOnly !== false,
          charts: args.charts as Partial<IChartChoices> | undefined
        });
        opened += 1;
        const prefix = `jp-mlops-compare-${opened}`;
        const content = new ViewWidget(() =>
          createElement(CompareView, { model, prefix, actions, trans })
        );
        content.disposed.connect(() => model.dispose());
        const widget = new MainAreaWidget({ content });
        widget.id = prefix;
        widget.toolbar.hide();
        widget.title.label = trans.__('Compare candidates');
        widget.title.icon = compareIcon;
        widget.title.closable = true;
        models.set(widget, model);
        keepState(model, () => void tracker.save(widget));
        addToMain(shell, widget, 'Comparison');
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
        args: widget =>
          ({
            ...models.get(widget)?.state
          }) as unknown as ReadonlyPartialJSONObject,
        name: widget => models.get(widget)?.ids.join() ?? ''
      });
    }
  }
};

/** Save whenever what outlives a reload has changed. */
function keepState(model: CompareModel, save: () => void): void {
  let last = JSON.stringify(model.state);
  model.changed.connect(() => {
    const state = JSON.stringify(model.state);
    if (state !== last) {
      last = state;
      save();
    }
  });
}
