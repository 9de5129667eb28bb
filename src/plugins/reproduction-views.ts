import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { createElement } from 'react';

import { MainViews } from './main-views';
import { CommandIDs } from '../commands';
import { experimentsIcon } from '../icons';
import { ExecutedModel } from '../models/executed';
import { ReproductionModel } from '../models/reproduction';
import type { ICandidatesModel, IMLOpsServer } from '../tokens';
import { tellEnd } from '../views/reproduce/ended';
import type { Highlight } from '../views/shared/code';
import { deferred } from '../views/shared/view-widget';

const ReproductionView = deferred(
  async () => (await import('../views/reproduce/reproduction')).ReproductionView
);
const ExecutedView = deferred(
  async () => (await import('../views/reproduce/executed')).ExecutedView
);

/** The views about running candidates again: match reports, and what ran. */
export class ReproductionViews {
  constructor(private readonly _options: ReproductionViews.IOptions) {
    const kind = (name: string) => ({
      shell: _options.app.shell,
      namespace: `jupyterlab-mlops-${name}`,
      icon: experimentsIcon,
      type: 'Candidate' as const,
      idOf: (id: string) => `jupyterlab-mlops-${name}-${id}`
    });
    this.reruns = new MainViews(kind('reproduction'));
    this.executions = new MainViews(kind('executed'));
  }

  readonly reruns: MainViews<ReproductionModel>;
  readonly executions: MainViews<ExecutedModel>;

  /** Show what came of running a candidate again. */
  openReproduction(id: string): Promise<ReproductionModel> {
    const { server, trans } = this._options;
    return this.reruns.show(id, () => {
      const model = new ReproductionModel({ ...server, id });
      const actions = {
        openCandidate: (id: string) =>
          this._run(CommandIDs.openCandidate, { id }),
        compare: (ids: string[]) => this._run(CommandIDs.compare, { ids }),
        askParameters: (grid: boolean) => void this.ask(model, grid),
        openAsItRan: () => this._run(CommandIDs.openAsItRan, { id }),
        restoreCopy: () => this._run(CommandIDs.restoreCopy, { id })
      };
      model.ended.connect((_, state) => {
        if (!this.reruns.isVisible(id)) {
          tellEnd(state, trans, () => void this.openReproduction(id));
        }
      });
      return {
        model,
        view: () => createElement(ReproductionView, { model, actions, trans }),
        label: () =>
          trans.__('Runs again · %1', model.state?.name ?? this._nameOf(id))
      };
    });
  }

  /** Show the cells of a candidate in the order in which they ran. */
  openAsItRan(id: string): Promise<ExecutedModel> {
    const { server, rendermime, highlight, trans } = this._options;
    return this.executions.show(id, () => {
      const model = new ExecutedModel({ ...server, id });
      const name = this._nameOf(id);
      return {
        model,
        view: () =>
          createElement(ExecutedView, {
            model,
            restoreCopy: () => this._run(CommandIDs.restoreCopy, { id }),
            rendermime,
            highlight,
            trans
          }),
        label: () => trans.__('As it ran · %1', name)
      };
    });
  }

  /** Ask for parameters to run with: one value each, or a grid. */
  async ask(model: ReproductionModel, grid: boolean): Promise<void> {
    const { askParameters } = await import('../views/reproduce/run-dialog');
    await askParameters(model, { grid }, this._options.trans);
  }

  private _run(command: string, args: { id: string } | { ids: string[] }) {
    void this._options.app.commands.execute(command, args);
  }

  private _nameOf(id: string): string {
    const row = this._options.candidates.rows.find(row => row.id === id);
    return row?.name ?? id.slice(0, 8);
  }
}

/** Types of {@link ReproductionViews}. */
export namespace ReproductionViews {
  /** What the views are made with. */
  export interface IOptions {
    app: JupyterFrontEnd;
    server: IMLOpsServer;
    candidates: ICandidatesModel;
    rendermime: IRenderMimeRegistry;
    /** Colours code; null: nobody can. */
    highlight: Highlight | null;
    trans: TranslationBundle;
  }
}
