import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { InputDialog } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { createElement } from 'react';

import { MainViews } from './main-views';
import { CommandIDs, MODEL_ARGS, VERSION_ARGS } from '../commands';
import { modelIcon } from '../icons';
import { VersionModel } from '../models/version';
import { IMLOpsServer, IRegistryModel } from '../tokens';
import { orTold } from '../views/shared/told';
import { deferred } from '../views/shared/view-widget';

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
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const views = new MainViews<VersionModel>({
      shell: app.shell,
      namespace: 'jupyterlab-mlops-version',
      icon: modelIcon,
      type: 'Model version',
      idOf: key => `jp-mlops-version-${key}`
    });
    const run = (command: string, args: Record<string, string>) =>
      void commands.execute(command, args);
    addDeletion(commands, registry, trans);
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
        await views.show(`${key.model}-${key.version}`, () => {
          const model = new VersionModel({
            ...key,
            registry,
            live: server.live
          });
          return {
            model,
            view: () =>
              createElement(VersionView, { model, rendermime, actions, trans }),
            label: () => `${key.model} ${key.version}`
          };
        });
      }
    });
    views.restore(restorer, CommandIDs.openModelVersion, (_, shown) => ({
      model: shown.model,
      version: shown.number
    }));
  }
};

/** The commands that delete a version or a model, once its number or name was typed. */
function addDeletion(
  commands: CommandRegistry,
  registry: IRegistryModel,
  trans: TranslationBundle
): void {
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
    if (value?.trim() === word) {
      await orTold(trans.__('Not deleted'), call);
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
}
