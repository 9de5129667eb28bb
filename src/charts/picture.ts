import type { EChartsCoreOption } from 'echarts/core';

import { toCanvas, toSvg } from './engine';

/** A chart as an SVG file of `width` × `height` pixels. */
export function svgOf(
  option: EChartsCoreOption,
  width: number,
  height: number
): Blob {
  const text = toSvg(option, width, height);
  return new Blob([text], { type: 'image/svg+xml' });
}

/** A chart as a PNG file, twice as fine as the screen. */
export function pngOf(
  option: EChartsCoreOption,
  width: number,
  height: number
): Promise<Blob> {
  return new Promise((resolve, reject) =>
    toCanvas(option, width, height, canvas =>
      canvas.toBlob(
        blob => (blob ? resolve(blob) : reject(new Error('no picture'))),
        'image/png'
      )
    )
  );
}
