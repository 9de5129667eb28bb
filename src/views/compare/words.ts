import type { TranslationBundle } from '@jupyterlab/translation';

import type { Group } from '../../models/markdown';

/** What the groups of a comparison are called. */
export function groupTitles(trans: TranslationBundle): Record<Group, string> {
  return {
    metrics: trans.__('Metrics'),
    params: trans.__('Params'),
    data: trans.__('Data'),
    code: trans.__('Code'),
    environment: trans.__('Environment'),
    tags: trans.__('Tags')
  };
}
