import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICompareActions } from './compare';
import type { ISeriesStyle } from '../../charts/styles';
import type { CompareModel } from '../../models/compare';
import type { Comparison } from '../../models/types';

/** What each tab of a comparison is given. */
export interface ITabProps {
  model: CompareModel;
  comparison: Comparison;
  /** By candidate id. */
  styles: ReadonlyMap<string, ISeriesStyle>;
  actions: ICompareActions;
  trans: TranslationBundle;
}
