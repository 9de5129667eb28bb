import * as React from 'react';

import type { ISeriesStyle } from '../../charts/styles';
import { DARK, LIGHT } from '../../charts/styles';

const MARKS: Readonly<Record<ISeriesStyle['marker'], React.ReactNode>> = {
  circle: <circle cx="13" cy="6" r="3.2" />,
  rect: <rect x="10" y="3" width="6" height="6" />,
  triangle: <path d="M13 2.2 16.6 9H9.4z" />,
  diamond: <path d="M13 1.8 17 6l-4 4.2L9 6z" />,
  ring: <circle cx="13" cy="6" r="3" className="jp-mlops-Swatch-ring" />
};

/** How a candidate is drawn in charts: its colour, dash and marker. */
export function Swatch(props: { style: ISeriesStyle }): React.ReactElement {
  const { colour, dash, marker } = props.style;
  const colours = {
    '--jp-mlops-swatch-light': LIGHT[colour],
    '--jp-mlops-swatch-dark': DARK[colour]
  } as React.CSSProperties;
  return (
    <svg
      className="jp-mlops-Swatch"
      viewBox="0 0 26 12"
      aria-hidden="true"
      style={colours}
    >
      <path d="M1 6h24" strokeDasharray={dash.join(' ')} />
      {MARKS[marker]}
    </svg>
  );
}
