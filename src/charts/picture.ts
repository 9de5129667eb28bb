import type { EChartsCoreOption } from 'echarts/core';

import { toSvg } from './engine';

export { toSvg };

/** A chart as PNG, twice as fine as the screen. */
export async function toPng(
  option: EChartsCoreOption,
  width: number,
  height: number
): Promise<Blob> {
  const svg = new Blob([toSvg(option, width, height)], {
    type: 'image/svg+xml'
  });
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = width * 2;
    canvas.height = height * 2;
    canvas
      .getContext('2d')
      ?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob(
        blob => (blob ? resolve(blob) : reject(new Error('no picture'))),
        'image/png'
      )
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
