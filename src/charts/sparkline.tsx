import * as React from 'react';

/** The place of the values in a box of `width` × `height`, as the `d` of a path; gaps where a value is not finite. Pure. */
export function sparkPath(
  values: readonly number[],
  width: number,
  height: number
): string {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) {
    return '';
  }
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  const across = values.length > 1 ? width / (values.length - 1) : 0;
  let pen = 'M';
  const parts: string[] = [];
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      pen = 'M';
      return;
    }
    const y = span ? height - ((value - low) / span) * height : height / 2;
    parts.push(`${pen}${(index * across).toFixed(1)} ${y.toFixed(1)}`);
    pen = 'L';
  });
  return parts.join('');
}

/** A curve the size of a word. */
export function Sparkline(props: {
  values: readonly number[];
  label: string;
  width?: number;
  height?: number;
}): React.ReactElement {
  const { values, label, width = 96, height = 20 } = props;
  const last = [...values].reverse().find(Number.isFinite);
  const ended = Number.isFinite(values[values.length - 1]);
  const path = sparkPath(values, width - 6, height - 6);
  const end = path.split(/[ML]/).pop()?.split(' ').map(Number) ?? [];
  return (
    <svg
      className="jp-mlops-Sparkline"
      width={width}
      height={height}
      viewBox={`-3 -3 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      <path d={path} />
      {last !== undefined && end.length === 2 && (
        <circle
          cx={end[0]}
          cy={end[1]}
          r={2}
          data-broken={ended ? undefined : true}
        />
      )}
    </svg>
  );
}
