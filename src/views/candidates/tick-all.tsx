import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { CandidatesModel } from '../../models/candidates';

/** Tick every candidate of the list, or none. */
export function TickAll(props: {
  model: CandidatesModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { rows } = props.model;
  const selected = props.model.selection.ids;
  const all = rows.length > 0 && rows.every(row => selected.has(row.id));
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      aria-label={props.trans.__('Tick all')}
      checked={all}
      ref={element => {
        if (element) {
          element.indeterminate = !all && selected.size > 0;
        }
      }}
      onChange={() =>
        all ? props.model.selection.set([]) : void props.model.selectAll()
      }
    />
  );
}
