import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { pointedCandidate } from './which-candidate';
import {
  CommandIDs,
  NO_ARGS,
  PALETTE_CATEGORY,
  SHARED_ARGS
} from '../commands';
import type { IShared } from '../models/sync';
import { SyncModel } from '../models/sync';
import { IMLOpsServer, ISyncModel } from '../tokens';

/** The connection to GitLab: connect, push, look into the queue. */
export const sync: JupyterFrontEndPlugin<ISyncModel> = {
  id: 'jupyterlab-mlops:sync',
  description: 'Provides the connection to GitLab and its queue.',
  autoStart: true,
  requires: [IMLOpsServer],
  optional: [ICommandPalette, ITranslator],
  provides: ISyncModel,
  activate: (
    app: JupyterFrontEnd,
    server: IMLOpsServer,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): ISyncModel => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const model = new SyncModel(server);

    commands.addCommand(CommandIDs.connectGitLab, {
      label: trans.__('Connect GitLab…'),
      describedBy: { args: NO_ARGS },
      execute: async () => {
        const { connectGitLab } =
          await import('../views/connect/connect-dialog');
        await connectGitLab(model, trans);
      }
    });
    commands.addCommand(CommandIDs.showQueue, {
      label: trans.__('Show What Is Pushed to GitLab'),
      describedBy: { args: NO_ARGS },
      execute: async () => {
        const { showQueue } = await import('../views/connect/queue-dialog');
        await showQueue(model, server.live, trans);
      }
    });
    commands.addCommand(CommandIDs.deleteInGitLab, {
      label: trans.__('Delete in GitLab…'),
      describedBy: { args: SHARED_ARGS },
      isVisible: () => !!model.status?.connection.connected,
      execute: async args => {
        const id =
          typeof args.id === 'string' ? args.id : pointedCandidate(app);
        if (!id) {
          return;
        }
        const kind = (args.kind ?? 'candidate') as IShared['kind'];
        const { deleteInGitLab } =
          await import('../views/connect/delete-dialog');
        await deleteInGitLab(model, { kind, id }, trans);
      }
    });
    commands.addCommand(CommandIDs.syncNow, {
      label: trans.__('Push to GitLab Now'),
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!model.status?.connection.connected,
      execute: () => model.syncNow()
    });
    model.changed.connect(
      () => commands.notifyCommandChanged(CommandIDs.syncNow),
      model
    );
    for (const command of [
      CommandIDs.connectGitLab,
      CommandIDs.showQueue,
      CommandIDs.syncNow
    ]) {
      palette?.addItem({ command, category: PALETTE_CATEGORY });
    }
    void app.restored.then(() => model.refresh());
    return model;
  }
};
