import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Reproductions } from '../../models/types';

/** Say how runs ended that nobody was looking at. */
export function tellEnd(
  state: Reproductions,
  trans: TranslationBundle,
  show: () => void
): void {
  const runs = state.job?.runs ?? [];
  const [first] = runs;
  const options = { actions: [{ label: trans.__('Show'), callback: show }] };
  if (runs.length > 1) {
    Notification.info(
      trans.__('%1: %2 runs have ended', state.name, runs.length),
      options
    );
  } else if (first?.state === 'cancelled') {
    Notification.info(trans.__('%1: cancelled', state.name), options);
  } else if (first?.report?.verdict === 'matched') {
    Notification.success(
      trans.__('%1: reproduced. %2', state.name, first.report.message),
      options
    );
  } else {
    Notification.warning(
      trans.__(
        '%1: %2',
        state.name,
        first?.report?.message ?? first?.error ?? trans.__('it ended')
      ),
      options
    );
  }
}
