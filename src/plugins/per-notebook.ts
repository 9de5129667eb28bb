import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { AttachedProperty } from '@lumino/properties';

/** What is known of one open notebook. */
interface IOfNotebook extends IDisposable {
  /** The notebook's path. */
  path: string;
}

/**
 * One model a notebook: made when first asked for, told of renames, gone with
 * the notebook.
 *
 * @param make - makes the model of a notebook at its present path.
 */
export function perNotebook<M extends IOfNotebook>(
  make: (panel: NotebookPanel) => M
): (panel: NotebookPanel) => M {
  const models = new AttachedProperty<NotebookPanel, M>({
    name: 'mlopsModel',
    create: panel => {
      const model = make(panel);
      panel.context.pathChanged.connect((_, path) => {
        model.path = path;
      }, model);
      panel.disposed.connect(() => model.dispose(), model);
      return model;
    }
  });
  return panel => models.get(panel);
}
