import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { CANDIDATE_ARGS, CommandIDs } from '../commands';
import { experimentsIcon } from '../icons';
import { DetailModel } from '../models/detail';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const DetailView = deferred(
  async () => (await import('../views/detail/detail')).DetailView
);

/** One candidate in full, in the main area. */
export const detail: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:detail',
  description: 'Shows one candidate in full in the main area.',
  autoStart: true,
  requires: [IMLOpsServer, ICandidatesModel],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    candidates: ICandidatesModel,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-detail'
    });
    const ids = new WeakMap<MainAreaWidget, string>();

    commands.addCommand(CommandIDs.openCandidate, {
      label: trans.__('Open Candidate'),
      describedBy: { args: CANDIDATE_ARGS },
      execute: async args => {
        const row = app.contextMenuHitTest(node =>
          node.classList.contains('jp-mlops-Row')
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
          createElement(DetailView, { model, trans })
        );
        const widget = new MainAreaWidget({ content });
        widget.id = `jp-mlops-detail-${id}`;
        widget.title.label =
          candidates.rows.find(row => row.id === id)?.name ??
          trans.__('Candidate');
        widget.title.icon = experimentsIcon;
        widget.title.closable = true;
        widget.disposed.connect(() => model.dispose());
        model.changed.connect(() => {
          widget.title.label = model.candidate?.name ?? widget.title.label;
        });
        ids.set(widget, id);
        shell.add(widget, 'main', { type: 'Candidate' });
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
