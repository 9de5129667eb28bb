import * as React from 'react';

import type { ITabProps } from './parts';
import { SCALE } from '../../charts/styles';

/** What the colours of lines and marks stand for. */
export function ColourScale(props: {
  label: string;
  trans: ITabProps['trans'];
}): React.ReactElement {
  const { label, trans } = props;
  const colours = {
    '--jp-mlops-scale-light': `linear-gradient(90deg, ${SCALE.light.join()})`,
    '--jp-mlops-scale-dark': `linear-gradient(90deg, ${SCALE.dark.join()})`
  } as React.CSSProperties;
  return (
    <span className="jp-mlops-ColourScale" style={colours}>
      {trans.__('%1: low', label)}
      <span aria-hidden="true" />
      {trans.__('high')}
    </span>
  );
}
