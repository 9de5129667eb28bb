import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { addToMain } from './place';
import { CANDIDATE_ARGS, CommandIDs } from '../commands';
import { experimentsIcon } from '../icons';
import { DetailModel } from '../models/detail';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { pythonHighlight } from '../views/shared/highlight';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const DetailView = deferred(
  async () => (await import('../views/detail/detail')).DetailView
);

/** One candidate in full, in the main area. */
export const detail: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:detail',
  description: 'Shows one candidate in full in the main area.',
  autoStart: true,
  requires: [IMLOpsServer, ICandidatesModel, IRenderMimeRegistry],
  optional: [ILayoutRestorer, ITranslator, IEditorLanguageRegistry],
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    candidates: ICandidatesModel,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-detail'
    });
    const ids = new WeakMap<MainAreaWidget, string>();
    const run = (command: string, args: { [name: string]: string }) =>
      void commands.execute(command, args);
    const actions = {
      openCandidate: (id: string) => run(CommandIDs.openCandidate, { id }),
      openNotebook: (path: string) => run('docmanager:open', { path }),
      openVersion: (model: string, version: string) =>
        run(CommandIDs.openModelVersion, { model, version }),
      register: (id: string) => run(CommandIDs.registerModel, { id }),
      run: (command: string, id: string) => run(command, { id }),
      rendermime,
      highlight: pythonHighlight(languages)
    };

    commands.addCommand(CommandIDs.openCandidate, {
      label: trans.__('Open Candidate'),
      describedBy: { args: CANDIDATE_ARGS },
      execute: async args => {
        const row = app.contextMenuHitTest(node =>
          node.classList.contains('jp-mlops-Candidate')
        );
        const id = typeof args.id === 'string' ? args.id : row?.dataset.id;
        if (!id) {
          return;
        }
        const open = tracker.find(widget => ids.get(widget) === id);
        if (open) {
          shell.activateById(open.id);
          return;
        }
        const model = new DetailModel({ ...server, id });
        const content = new ViewWidget(() =>
          createElement(DetailView, { model, actions, trans })
        );
        const widget = new MainAreaWidget({ content });
        widget.id = `jp-mlops-detail-${id}`;
        widget.node.dataset.mlopsCandidate = id;
        widget.toolbar.hide();
        widget.title.label =
          candidates.rows.find(row => row.id === id)?.name ??
          trans.__('Candidate');
        widget.title.icon = experimentsIcon;
        widget.title.closable = true;
        widget.disposed.connect(() => model.dispose());
        model.changed.connect(() => {
          widget.title.label = model.candidate?.name ?? widget.title.label;
          widget.title.caption = widget.title.label;
        });
        ids.set(widget, id);
        addToMain(shell, widget, 'Candidate');
        await tracker.add(widget);
        shell.activateById(widget.id);
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.openCandidate,
        args: widget => ({ id: ids.get(widget) ?? '' }),
        name: widget => ids.get(widget) ?? ''
      });
    }
  }
};
