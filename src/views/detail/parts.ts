import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { DetailModel } from '../../models/detail';
import type { CandidateDetail } from '../../models/types';
import type { Highlight } from '../shared/code';

/** What the view of a candidate asks of the application. */
export interface IDetailActions {
  openCandidate: (id: string) => void;
  openNotebook: (path: string) => void;
  openVersion: (model: string, version: string) => void;
  register: (id: string) => void;
  /** Run a command about a candidate. */
  run: (command: string, id: string) => void;
  /** JupyterLab's renderers. */
  rendermime: IRenderMimeRegistry;
  /** Colours code; null: nobody can. */
  highlight: Highlight | null;
}

/** What each section of the view is given. */
export interface ISectionProps {
  model: DetailModel;
  candidate: CandidateDetail;
  actions: IDetailActions;
  trans: TranslationBundle;
}
