import type { TranslationBundle } from '@jupyterlab/translation';

import type { ISyncSummary } from '../../models/sync';

/** The connection in words; `short` leaves out what it is about. */
export function summaryText(
  summary: ISyncSummary,
  trans: TranslationBundle,
  short = false
): string {
  switch (summary.state) {
    case 'attention':
      return short
        ? trans._n('%1 needs attention', '%1 need attention', summary.count)
        : trans._n(
            'GitLab: %1 needs attention',
            'GitLab: %1 need attention',
            summary.count
          );
    case 'queued':
      return short
        ? trans.__('%1 queued', summary.count)
        : trans.__('GitLab: %1 queued', summary.count);
    case 'synced':
      return short ? trans.__('Synced') : trans.__('GitLab: synced');
    case 'disconnected':
      return short
        ? trans.__('Not connected')
        : trans.__('GitLab: not connected');
    case 'unknown':
      return '';
  }
}
