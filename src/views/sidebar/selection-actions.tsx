import type { TranslationBundle } from '@jupyterlab/translation';
import { deleteIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPanelActions } from './parts';
import { IconButton } from '../shared/controls';
import type { CandidatesModel } from '../../models/candidates';
import { MOST_COMPARED } from '../../models/compare';

/** What can be done with what is ticked: compare, or in the bin, restore and delete for good. */
export function SelectionActions(props: {
  model: CandidatesModel;
  actions: Pick<IPanelActions, 'compare' | 'restore' | 'deleteForGood'>;
  /** Whether the button tells how many are compared. */
  counts?: boolean;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  const ids = [...model.selection.ids];
  const count = ids.length;
  if (model.filter.bin) {
    return (
      <>
        <IconButton
          icon={deleteIcon}
          label={trans.__('Delete for good…')}
          disabled={!count}
          onClick={() => actions.deleteForGood(ids)}
        />
        <button
          type="button"
          className="jp-mlops-Button jp-mod-primary"
          disabled={!count}
          onClick={() => actions.restore(ids)}
        >
          {trans.__('Restore')}
        </button>
      </>
    );
  }
  const tooMany = count > MOST_COMPARED;
  return (
    <button
      type="button"
      className="jp-mlops-Button jp-mod-primary"
      disabled={count < 2 || tooMany}
      title={
        tooMany
          ? trans.__('At most %1 candidates are compared', MOST_COMPARED)
          : undefined
      }
      onClick={() => actions.compare(ids)}
    >
      {props.counts && count > 1
        ? trans.__('Compare %1', count)
        : trans.__('Compare')}
    </button>
  );
}
