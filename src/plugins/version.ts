import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import {
  InputDialog,
  MainAreaWidget,
  WidgetTracker,
  showErrorMessage
} from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { addToMain } from './place';
import { CommandIDs, MODEL_ARGS, VERSION_ARGS } from '../commands';
import { modelIcon } from '../icons';
import { VersionModel } from '../models/version';
import { IMLOpsServer, IRegistryModel } from '../tokens';
import { ViewWidget, deferred } from '../views/shared/view-widget';

const VersionView = deferred(
  async () => (await import('../views/registry/version')).VersionView
);

/** One version of a model in the main area. */
export const version: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:version',
  description: 'Shows one version of a registered model in the main area.',
  autoStart: true,
  requires: [IMLOpsServer, IRegistryModel, IRenderMimeRegistry],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    registry: IRegistryModel,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget>>({
      namespace: 'jupyterlab-mlops-version'
    });
    const shown = new WeakMap<
      MainAreaWidget,
      { model: string; version: string }
    >();
    const run = (command: string, args: Record<string, string>) =>
      void commands.execute(command, args);
    /** Delete once `word` was typed. */
    const remove = async (
      title: string,
      text: string,
      word: string,
      call: () => Promise<void>
    ): Promise<void> => {
      const { value } = await InputDialog.getText({
        title,
        label: trans.__('%1 Type %2 to confirm.', text, word),
        okLabel: trans.__('Delete')
      });
      if (value?.trim() !== word) {
        return;
      }
      try {
        await call();
      } catch (reason) {
        await showErrorMessage(trans.__('Not deleted'), reason as Error);
      }
    };
    commands.addCommand(CommandIDs.deleteModelVersion, {
      label: trans.__('Delete Model Version…'),
      describedBy: { args: VERSION_ARGS },
      execute: args => {
        const [name, number] = [String(args.model), String(args.version)];
        return remove(
          trans.__('Delete %1 %2?', name, number),
          trans.__('It is deleted here; what is in GitLab stays.'),
          number,
          () => registry.removeVersion(name, number)
        );
      }
    });
    commands.addCommand(CommandIDs.deleteModel, {
      label: trans.__('Delete Model…'),
      describedBy: { args: MODEL_ARGS },
      execute: args => {
        const name = String(args.model);
        return remove(
          trans.__('Delete %1?', name),
          trans.__(
            'The model and all its versions are deleted here; what is in GitLab stays.'
          ),
          name,
          () => registry.removeModel(name)
        );
      }
    });
    const actions = {
      openCandidate: (id: string) => run(CommandIDs.openCandidate, { id }),
      openVersion: (model: string, version: string) =>
        run(CommandIDs.openModelVersion, { model, version }),
      openNotebook: (path: string) => run('docmanager:open', { path }),
      compare: (ids: string[]) =>
        void commands.execute(CommandIDs.compare, { ids, baseline: ids[0] }),
      remove: (model: string, version: string) =>
        run(CommandIDs.deleteModelVersion, { model, version })
    };

    commands.addCommand(CommandIDs.openModelVersion, {
      label: trans.__('Open Model Version'),
      describedBy: { args: VERSION_ARGS },
      execute: async args => {
        const key = {
          model: String(args.model),
          version: String(args.version)
        };
        const id = `jp-mlops-version-${key.model}-${key.version}`;
        if (!tracker.find(widget => widget.id === id)) {
          const model = new VersionModel({
            ...key,
            registry,
            live: server.live
          });
          const content = new ViewWidget(() =>
            createElement(VersionView, { model, rendermime, actions, trans })
          );
          const widget = new MainAreaWidget({ content });
          widget.toolbar.hide();
          widget.id = id;
          widget.title.label = `${key.model} ${key.version}`;
          widget.title.icon = modelIcon;
          widget.title.closable = true;
          widget.disposed.connect(() => model.dispose());
          shown.set(widget, key);
          addToMain(shell, widget, 'Model version');
          await tracker.add(widget);
        }
        shell.activateById(id);
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.openModelVersion,
        args: widget => shown.get(widget) ?? {},
        name: widget => widget.id
      });
    }
  }
};
