import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import type { Highlight } from '../shared/code';

/** What the views about running again ask of the application. */
export interface IReproduceActions {
  openCandidate: (id: string) => void;
  compare: (ids: string[]) => void;
  /** Ask for other values of the parameters: of one run, or of a grid. */
  askParameters: (grid: boolean) => void;
  openAsItRan: () => void;
  restoreCopy: () => void;
}

/** What the view of executed cells is given to draw with. */
export interface IDrawing {
  /** JupyterLab's renderers. */
  rendermime: IRenderMimeRegistry;
  /** Colours code; null: nobody can. */
  highlight: Highlight | null;
}
