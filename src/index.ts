/**
 * jupyterlab-mlops: experiment candidates, comparison and model registration
 * inside JupyterLab.
 *
 * @packageDocumentation
 */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { candidates } from './plugins/candidates';
import { client } from './plugins/client';
import { compare } from './plugins/compare';
import { detail } from './plugins/detail';
import { lostOutput } from './plugins/lost-output';
import { notebook } from './plugins/notebook';
import { registry } from './plugins/registry';
import { reproduce } from './plugins/reproduce';
import { sidebar } from './plugins/sidebar';
import { status } from './plugins/status';
import { sync } from './plugins/sync';
import { table } from './plugins/table';
import { version } from './plugins/version';

export * from './tokens';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  client,
  candidates,
  registry,
  sync,
  sidebar,
  compare,
  detail,
  table,
  notebook,
  lostOutput,
  version,
  reproduce,
  status
];

export default plugins;
