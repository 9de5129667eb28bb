import type { TranslationBundle } from '@jupyterlab/translation';

import type { ISeriesStyle } from '../../charts/styles';
import type { Highlight } from '../shared/code';
import type { CompareModel } from '../../models/compare';
import type { IComparison } from '../../models/comparison';

/** What a comparison asks of the application. */
export interface ICompareActions {
  openCandidate: (id: string) => void;
  /** Colours code; null: nobody can. */
  highlight: Highlight | null;
}

/** What each tab of a comparison is given. */
export interface ITabProps {
  model: CompareModel;
  comparison: IComparison;
  /** By candidate id. */
  styles: ReadonlyMap<string, ISeriesStyle>;
  actions: ICompareActions;
  trans: TranslationBundle;
}
