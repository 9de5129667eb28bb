import type { TranslationBundle } from '@jupyterlab/translation';

import type { Metric } from '../../models/types';

/** Where a value was seen, in a word. */
export function sourceWords(
  trans: TranslationBundle
): Record<Metric['source'], string> {
  return {
    logged: trans.__('logged'),
    autolog: trans.__('autologged'),
    variable: trans.__('variable'),
    estimator: trans.__('estimator'),
    output: trans.__('printed')
  };
}
