import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { pointedCandidate } from './which-candidate';
import { CommandIDs, PALETTE_CATEGORY, ROW_ARGS } from '../commands';
import { registerIcon } from '../icons';
import type { RegisterOrigin } from '../models/registry';
import { RegistryModel } from '../models/registry';
import type { ModelVersion } from '../models/types';
import { IMLOpsServer, IRegistryModel } from '../tokens';

/** Registered models, and registering from a cell or a candidate. */
export const registry: JupyterFrontEndPlugin<IRegistryModel> = {
  id: 'jupyterlab-mlops:registry',
  description: 'Provides registered models and registers from cells.',
  autoStart: true,
  requires: [IMLOpsServer],
  optional: [INotebookTracker, ICommandPalette, ITranslator],
  provides: IRegistryModel,
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): IRegistryModel => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const model = new RegistryModel(server);
    const originOf = (
      args: ReadonlyPartialJSONObject
    ): RegisterOrigin | null => {
      // The last context menu says nothing about a button or the palette.
      const candidate =
        args.id ?? (args.row ? pointedCandidate(app) : undefined);
      if (typeof candidate === 'string') {
        return { candidate };
      }
      const panel = notebooks?.currentWidget;
      return panel
        ? {
            notebook: panel.context.path,
            cell_id: notebooks?.activeCell?.model.id
          }
        : null;
    };

    app.commands.addCommand(CommandIDs.registerModel, {
      label: args => (args.toolbar ? '' : trans.__('Register Model…')),
      caption: trans.__('Register model'),
      icon: registerIcon,
      describedBy: { args: ROW_ARGS },
      isEnabled: args =>
        typeof args.id === 'string' || !!args.row || !!notebooks?.currentWidget,
      isVisible: args =>
        !args.toolbar || notebooks?.activeCell?.model.type === 'code',
      execute: async args => {
        const origin = originOf(args);
        if (!origin) {
          return;
        }
        const { registerModel } =
          await import('../views/registry/register-dialog');
        let version: ModelVersion | null = null;
        try {
          version = await registerModel(model, origin, trans);
        } catch (reason) {
          Notification.error(
            trans.__('Not registered: %1', (reason as Error).message)
          );
        }
        if (version) {
          Notification.success(
            trans.__('%1 %2 registered', version.model, version.version),
            {
              autoClose: 5000,
              actions: [
                {
                  label: trans.__('Show'),
                  callback: () =>
                    void app.commands.execute(CommandIDs.openModelVersion, {
                      model: version.model,
                      version: version.version
                    })
                }
              ]
            }
          );
        }
      }
    });
    palette?.addItem({
      command: CommandIDs.registerModel,
      category: PALETTE_CATEGORY
    });
    void app.restored.then(() => model.refresh());
    return model;
  }
};
