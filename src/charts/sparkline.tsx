import * as React from 'react';

/** A curve without axes; gaps where values are not finite. */
export function Sparkline(props: {
  values: readonly (number | null)[];
  label: string;
  width?: number;
  height?: number;
}): React.ReactElement {
  const { values, label, width = 80, height = 18 } = props;
  return (
    <svg
      className="jp-mlops-Sparkline"
      width={width}
      height={height}
      role="img"
      aria-label={label}
    >
      <path d={sparkPath(values, width, height)} fill="none" />
    </svg>
  );
}

/** The path of a curve inside a box, one pixel from its edges. */
export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number
): string {
  const finite = values.filter(
    (value): value is number => value !== null && Number.isFinite(value)
  );
  if (!finite.length) {
    return '';
  }
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const step = values.length > 1 ? (width - 2) / (values.length - 1) : 0;
  let pen = 'M';
  return values
    .map((value, index) => {
      if (value === null || !Number.isFinite(value)) {
        pen = 'M';
        return '';
      }
      const x = (1 + index * step).toFixed(1);
      const y = (height - 1 - ((value - low) / span) * (height - 2)).toFixed(1);
      const part = `${pen}${x} ${y}`;
      pen = 'L';
      return part;
    })
    .join('');
}
