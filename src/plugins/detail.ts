import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { MainViews } from './main-views';
import { pointedCandidate } from './which-candidate';
import { CANDIDATE_ARGS, CommandIDs } from '../commands';
import { experimentsIcon } from '../icons';
import { DetailModel } from '../models/detail';
import { ICandidatesModel, IMLOpsServer } from '../tokens';
import { pythonHighlight } from '../views/shared/highlight';
import { deferred } from '../views/shared/view-widget';

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
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const views = new MainViews<DetailModel>({
      shell: app.shell,
      namespace: 'jupyterlab-mlops-detail',
      icon: experimentsIcon,
      type: 'Candidate',
      idOf: id => `jp-mlops-detail-${id}`
    });
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
        const id =
          typeof args.id === 'string' ? args.id : pointedCandidate(app);
        if (!id) {
          return;
        }
        await views.show(id, () => {
          const model = new DetailModel({ ...server, id });
          const listed = candidates.rows.find(row => row.id === id)?.name;
          return {
            model,
            view: () => createElement(DetailView, { model, actions, trans }),
            label: () =>
              model.candidate?.name ?? listed ?? trans.__('Candidate')
          };
        });
      }
    });
    views.restore(restorer, CommandIDs.openCandidate, id => ({ id }));
  }
};
