import type { TranslationBundle } from '@jupyterlab/translation';
import { historyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { LostOutputModel } from '../../models/lost-output';
import { useModel } from '../shared/hooks';

/** The notebook toolbar's button for output that arrived while it was closed. */
export function LostOutputButton(props: {
  model: LostOutputModel;
  onInsert: () => void;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, onInsert, trans } = props;
  useModel(model);
  const count = model.lost.length;
  if (!count) {
    return null;
  }
  return (
    <button
      type="button"
      className="jp-mlops-LostOutputButton"
      aria-label={trans._n(
        'Bring back %1 lost output',
        'Bring back %1 lost outputs',
        count
      )}
      title={trans.__(
        'Output arrived while this notebook was not open. Bring it back.'
      )}
      onClick={onInsert}
    >
      <historyIcon.react
        tag="span"
        className="jp-mlops-LostOutputButton-icon"
      />
      <span>{trans._n('%1 lost output', '%1 lost outputs', count)}</span>
    </button>
  );
}
