import { Token } from '@lumino/coreutils';

import type { Client } from './api/client';
import type { CandidatesModel } from './models/candidates';
import type { Live } from './models/live';
import type { RegistryModel } from './models/registry';
import type { SyncModel } from './models/sync';

/** The panel's connection to the server: requests and changes. */
export interface IMLOpsServer {
  readonly client: Client;
  readonly live: Live;
}

/** The server's API and the stream of its changes. */
export const IMLOpsServer = new Token<IMLOpsServer>(
  'jupyterlab-mlops:IMLOpsServer',
  "Provides the server's API and the stream of its changes."
);

/** The candidates that the sidebar and the table show. */
export interface ICandidatesModel extends CandidatesModel {}

/** The candidates that the sidebar and the table show. */
export const ICandidatesModel = new Token<ICandidatesModel>(
  'jupyterlab-mlops:ICandidatesModel',
  'Provides the listed, searched and selected candidates.'
);

/** Registered models and their versions. */
export interface IRegistryModel extends RegistryModel {}

/** Registered models and their versions. */
export const IRegistryModel = new Token<IRegistryModel>(
  'jupyterlab-mlops:IRegistryModel',
  'Provides registered models and their versions.'
);

/** The connection to GitLab and its queue. */
export interface ISyncModel extends SyncModel {}

/** The connection to GitLab and its queue. */
export const ISyncModel = new Token<ISyncModel>(
  'jupyterlab-mlops:ISyncModel',
  'Provides the connection to GitLab and its queue.'
);
