import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';

import { CommandIDs } from '../commands';
import { ISyncModel } from '../tokens';
import { ViewWidget } from '../views/shared/view-widget';
import { StatusItem } from '../views/status/item';

/** The status bar's item. Notebook 7 has no status bar: it goes without. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mlops:status',
  description: 'Shows the connection to GitLab in the status bar.',
  autoStart: true,
  requires: [ISyncModel],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: ISyncModel,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_mlops');
    const onClick = () =>
      void app.commands.execute(
        model.status?.connection.connected
          ? CommandIDs.showQueue
          : CommandIDs.connectGitLab
      );
    const item = new ViewWidget(() =>
      createElement(StatusItem, { model, onClick, trans })
    );
    statusBar?.registerStatusItem('jupyterlab-mlops:status', {
      item,
      align: 'left',
      rank: 50
    });
  }
};
