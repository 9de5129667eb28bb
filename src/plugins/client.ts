import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { Client } from '../api/client';
import { Live } from '../models/live';
import { IMLOpsServer } from '../tokens';

/** The server's API and its changes, for all other plugins. */
export const client: JupyterFrontEndPlugin<IMLOpsServer> = {
  id: 'jupyterlab-mlops:client',
  description: "Provides the server's API and the stream of its changes.",
  autoStart: true,
  provides: IMLOpsServer,
  activate: (app: JupyterFrontEnd): IMLOpsServer => ({
    client: new Client(app.serviceManager.serverSettings),
    live: new Live({ events: app.serviceManager.events })
  })
};
