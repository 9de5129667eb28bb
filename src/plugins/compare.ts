import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { createElement } from 'react';

import { MainViews } from './main-views';
import { COMPARISON_ARGS, CommandIDs, PALETTE_CATEGORY } from '../commands';
import { compareIcon } from '../icons';
import type { IChartChoices } from '../models/compare';
import { COMPARE_TABS, CompareModel } from '../models/compare';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { pythonHighlight } from '../views/shared/highlight';
import { deferred } from '../views/shared/view-widget';

const CompareView = deferred(
  async () => (await import('../views/compare/compare')).CompareView
);

/** Names that are told on hover over the tab. */
const MOST_NAMES = 10;

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
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    let opened = 0;
    const views = new MainViews<CompareModel>({
      shell: app.shell,
      namespace: 'jupyterlab-mlops-compare',
      icon: compareIcon,
      type: 'Comparison',
      idOf: () => `jp-mlops-compare-${opened}`
    });
    const actions = {
      openCandidate: (id: string) =>
        void commands.execute(CommandIDs.openCandidate, { id }),
      highlight: pythonHighlight(languages)
    };

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
        const key = ids.join();
        await views.show(key, () => {
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
          keepState(model, () => views.save(key));
          return {
            model,
            view: () =>
              createElement(CompareView, { model, prefix, actions, trans }),
            label: () => trans.__('Compare candidates (%1)', ids.length),
            caption: () => namesOf(model)
          };
        });
      }
    });
    candidates.changed.connect(
      () => commands.notifyCommandChanged(CommandIDs.compare),
      views
    );
    palette?.addItem({
      command: CommandIDs.compare,
      category: PALETTE_CATEGORY
    });
    views.restore(
      restorer,
      CommandIDs.compare,
      (_, model) => ({ ...model.state }) as unknown as ReadonlyPartialJSONObject
    );
  }
};

/** The compared candidates, a line each. */
function namesOf({ comparison }: CompareModel): string {
  const names = (comparison?.candidates ?? []).map(({ name }) => name);
  return [
    ...names.slice(0, MOST_NAMES),
    ...(names.length > MOST_NAMES ? ['…'] : [])
  ].join('\n');
}

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
