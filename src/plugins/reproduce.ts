import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  InputDialog,
  MainAreaWidget,
  Notification,
  WidgetTracker,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { createElement } from 'react';

import { addToMain } from './place';
import { CommandIDs, PALETTE_CATEGORY, ROW_ARGS } from '../commands';
import { experimentsIcon } from '../icons';
import { ExecutedModel } from '../models/executed';
import { ReproductionModel } from '../models/reproduction';
import type { Reproductions } from '../models/types';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { pythonHighlight } from '../views/shared/highlight';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const ReproductionView = deferred(
  async () => (await import('../views/reproduce/reproduction')).ReproductionView
);
const ExecutedView = deferred(
  async () => (await import('../views/reproduce/executed')).ExecutedView
);

/** Candidates that a person is offered to choose from. */
const MOST_CHOICES = 50;

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
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const highlight = pythonHighlight(languages);
    const shown = new WeakMap<MainAreaWidget, string>();
    const models = new WeakMap<MainAreaWidget, ReproductionModel>();
    const reruns = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-reproduction'
    });
    const executions = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-executed'
    });
    const run = (command: string, args: ReadonlyPartialJSONObject) =>
      void commands.execute(command, args);

    /** The candidate that a command is about: given, under the pointer, in front, ticked, or chosen. */
    const idOf = async (
      args: ReadonlyPartialJSONObject
    ): Promise<string | null> => {
      if (typeof args.id === 'string') {
        return args.id;
      }
      if (args.row) {
        const row = app.contextMenuHitTest(node =>
          node.classList.contains('jp-mlops-Candidate')
        );
        return row?.dataset.id ?? null;
      }
      const front = shell.currentWidget?.node.dataset.mlopsCandidate;
      if (front) {
        return front;
      }
      const [ticked, ...others] = candidates.selection.ids;
      return ticked && !others.length
        ? ticked
        : chooseCandidate(candidates, trans);
    };

    const show = async (
      tracker: WidgetTracker<MainAreaWidget<ViewWidget>>,
      id: string,
      label: string,
      make: () => MainAreaWidget<ViewWidget>
    ): Promise<MainAreaWidget<ViewWidget>> => {
      let widget = tracker.find(each => shown.get(each) === id);
      if (!widget) {
        widget = make();
        widget.id = `${tracker.namespace}-${id}`;
        widget.toolbar.hide();
        widget.title.label = label;
        widget.title.icon = experimentsIcon;
        widget.title.closable = true;
        widget.node.dataset.mlopsCandidate = id;
        shown.set(widget, id);
        addToMain(shell, widget, 'Candidate');
        await tracker.add(widget);
      }
      shell.activateById(widget.id);
      return widget;
    };
    const nameOf = (id: string): string =>
      candidates.rows.find(row => row.id === id)?.name ?? id.slice(0, 8);

    const openReproduction = async (id: string): Promise<ReproductionModel> => {
      const label = trans.__('Runs again · %1', nameOf(id));
      const widget = await show(reruns, id, label, () => {
        const model = new ReproductionModel({ ...server, id });
        const actions = {
          openCandidate: (id: string) => run(CommandIDs.openCandidate, { id }),
          compare: (ids: string[]) => run(CommandIDs.compare, { ids }),
          askParameters: (grid: boolean) => void ask(model, grid),
          openAsItRan: () => run(CommandIDs.openAsItRan, { id }),
          restoreCopy: () => run(CommandIDs.restoreCopy, { id })
        };
        const content = new ViewWidget(() =>
          createElement(ReproductionView, { model, actions, trans })
        );
        const made = new MainAreaWidget({ content });
        models.set(made, model);
        model.changed.connect(() => {
          if (model.state) {
            made.title.label = trans.__('Runs again · %1', model.state.name);
            made.title.caption = made.title.label;
          }
        });
        model.ended.connect((_, state) => {
          if (!made.isVisible) {
            tell(state, trans, () => shell.activateById(made.id));
          }
        });
        made.disposed.connect(() => model.dispose());
        return made;
      });
      return models.get(widget)!;
    };
    const ask = async (
      model: ReproductionModel,
      grid: boolean
    ): Promise<void> => {
      const { askParameters } = await import('../views/reproduce/run-dialog');
      await askParameters(model, { grid }, trans);
    };

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
          const id = await idOf(args);
          if (id) {
            await execute(id);
          }
        }
      });
      palette?.addItem({ command, category: PALETTE_CATEGORY });
    };
    add(CommandIDs.runAgain, trans.__('Run Candidate Again'), async id => {
      const model = await openReproduction(id);
      await model.begin({});
    });
    for (const [command, label, grid] of [
      [
        CommandIDs.runWithParameters,
        trans.__('Run Candidate Again with Changed Parameters…'),
        false
      ],
      [CommandIDs.runGrid, trans.__('Run a Grid of Parameters…'), true]
    ] as const) {
      add(command, label, async id => {
        const model = await openReproduction(id);
        await model.refresh();
        if (model.state?.parameters.length) {
          await ask(model, grid);
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
      });
    }
    add(
      CommandIDs.openReproduction,
      trans.__('Show Match Reports of Candidate'),
      openReproduction
    );
    add(CommandIDs.openAsItRan, trans.__('Open Candidate as It Ran'), id =>
      show(executions, id, trans.__('As it ran · %1', nameOf(id)), () => {
        const model = new ExecutedModel({ ...server, id });
        const content = new ViewWidget(() =>
          createElement(ExecutedView, {
            model,
            restoreCopy: () => run(CommandIDs.restoreCopy, { id }),
            rendermime,
            highlight,
            trans
          })
        );
        const made = new MainAreaWidget({ content });
        made.disposed.connect(() => model.dispose());
        return made;
      })
    );
    add(
      CommandIDs.restoreCopy,
      trans.__('Restore a Copy of the Notebook…'),
      async id => {
        const asItRan = await askCopy(trans);
        if (asItRan === null) {
          return;
        }
        try {
          const path = await server.client.restoreCopy(id, asItRan);
          run('docmanager:open', { path });
        } catch (reason) {
          await showErrorMessage(trans.__('No copy was made'), reason as Error);
        }
      }
    );

    for (const [tracker, command] of [
      [reruns, CommandIDs.openReproduction],
      [executions, CommandIDs.openAsItRan]
    ] as const) {
      void restorer?.restore(tracker, {
        command,
        args: widget => ({ id: shown.get(widget) ?? '' }),
        name: widget => shown.get(widget) ?? ''
      });
    }
  }
};

/** Ask which candidate is meant; null: none. */
async function chooseCandidate(
  candidates: ICandidatesModel,
  trans: TranslationBundle
): Promise<string | null> {
  const rows = candidates.rows.slice(0, MOST_CHOICES);
  const items = rows.map(({ name, id }) => `${name} · ${id.slice(0, 8)}`);
  if (!items.length) {
    await showErrorMessage(
      trans.__('No candidate'),
      trans.__('Run a notebook first, or choose another experiment.')
    );
    return null;
  }
  const { value } = await InputDialog.getItem({
    title: trans.__('Which candidate?'),
    items
  });
  return value === null ? null : (rows[items.indexOf(value)]?.id ?? null);
}

/** Ask what the copy is of: true, the cells as they ran; null: no copy. */
async function askCopy(trans: TranslationBundle): Promise<boolean | null> {
  const result = await showDialog({
    title: trans.__('Restore a copy'),
    body: trans.__(
      'A new notebook is written beside the original; nothing is overwritten. It is a copy of the notebook as it was saved, or of the cells in the order in which they ran.'
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('As it ran') }),
      Dialog.okButton({ label: trans.__('As it was saved') })
    ]
  });
  switch (result.button.label) {
    case trans.__('As it ran'):
      return true;
    case trans.__('As it was saved'):
      return false;
    default:
      return null;
  }
}

/** Say how runs ended that nobody was looking at. */
function tell(
  state: Reproductions,
  trans: TranslationBundle,
  show: () => void
): void {
  const runs = state.job?.runs ?? [];
  const [first] = runs;
  const options = { actions: [{ label: trans.__('Show'), callback: show }] };
  if (runs.length > 1) {
    Notification.info(
      trans.__('%1: %2 runs have ended', state.name, runs.length),
      options
    );
  } else if (first?.state === 'cancelled') {
    Notification.info(trans.__('%1: cancelled', state.name), options);
  } else if (first?.report?.verdict === 'matched') {
    Notification.success(
      trans.__('%1: reproduced. %2', state.name, first.report.message),
      options
    );
  } else {
    Notification.warning(
      trans.__(
        '%1: %2',
        state.name,
        first?.report?.message ?? first?.error ?? trans.__('it ended')
      ),
      options
    );
  }
}
