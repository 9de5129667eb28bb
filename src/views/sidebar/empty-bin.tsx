import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Blank } from '../shared/problem';
import type { CandidatesModel } from '../../models/candidates';

/** Nothing was deleted. */
export function EmptyBin(props: {
  model: CandidatesModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  return (
    <Blank
      title={trans.__('No deleted candidates')}
      action={{
        label: trans.__('Show the others'),
        run: () => model.setBin(false)
      }}
    />
  );
}
