import type { TranslationBundle } from '@jupyterlab/translation';

import type { Fold } from './rows';

/** What the groups of a comparison are called. */
export function groupTitles(trans: TranslationBundle): Record<Fold, string> {
  return {
    metrics: trans.__('Metrics'),
    params: trans.__('Params'),
    defaults: trans.__('Params at their defaults'),
    data: trans.__('Data'),
    code: trans.__('Code'),
    environment: trans.__('Environment'),
    tags: trans.__('Tags')
  };
}
