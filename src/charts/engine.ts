/**
 * The parts of ECharts that we draw with. This module is its own chunk: it is
 * imported when the first chart is shown.
 */
import {
  BarChart,
  CustomChart,
  LineChart,
  ParallelChart,
  ScatterChart
} from 'echarts/charts';
import {
  GridComponent,
  MarkLineComponent,
  ParallelComponent,
  TooltipComponent,
  VisualMapContinuousComponent
} from 'echarts/components';
import type { ECharts, EChartsCoreOption } from 'echarts/core';
import { init, use } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

use([
  BarChart,
  CanvasRenderer,
  CustomChart,
  GridComponent,
  LineChart,
  MarkLineComponent,
  ParallelChart,
  ParallelComponent,
  SVGRenderer,
  ScatterChart,
  TooltipComponent,
  VisualMapContinuousComponent
]);

/** Draw into an element, which keeps its size. */
export function draw(element: HTMLElement): ECharts {
  return init(element, undefined, { renderer: 'canvas' });
}

/** A chart as an SVG document of `width` × `height` pixels. */
export function toSvg(
  option: EChartsCoreOption,
  width: number,
  height: number
): string {
  const chart = init(null, undefined, {
    renderer: 'svg',
    ssr: true,
    width,
    height
  });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Draw a chart of `width` × `height` pixels, twice as fine, and hand over its canvas. */
export function toCanvas(
  option: EChartsCoreOption,
  width: number,
  height: number,
  take: (canvas: HTMLCanvasElement) => void
): void {
  const place = document.createElement('div');
  const chart = init(place, undefined, {
    renderer: 'canvas',
    devicePixelRatio: 2,
    width,
    height
  });
  try {
    chart.setOption(option);
    take(chart.renderToCanvas({ pixelRatio: 2 }));
  } finally {
    chart.dispose();
  }
}
