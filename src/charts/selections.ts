/** The look of selections on the axes of parallel coordinates. */
import type { ECharts } from 'echarts/core';

/** How a selection is drawn: what `areaSelectStyle` of an axis says. */
interface ISelectionStyle {
  color: string;
  borderColor: string;
  borderWidth: number;
  opacity: number;
}

/** What we touch of a drawn element. */
interface IElement {
  name: string;
  parent?: { __brushOption?: unknown } | null;
  style: { fill?: unknown };
  setStyle: (style: Record<string, unknown>) => void;
}

/**
 * Give selections the look that was asked for, always. The engine gives it to
 * those that are being dragged only: what it draws again, after a change of the
 * data or of the size, has a look of its own, opaque and nearly white.
 *
 * @returns how to stop.
 */
export function keepSelectionStyle(chart: ECharts): () => void {
  const onRendered = () => {
    const { parallelAxis } = chart.getOption() as {
      parallelAxis?: { areaSelectStyle: ISelectionStyle }[];
    };
    const asked = parallelAxis?.[0]?.areaSelectStyle;
    if (!asked) {
      return;
    }
    const drawn = chart
      .getZr()
      .storage.getDisplayList() as unknown as IElement[];
    for (const element of drawn) {
      const isSelection =
        element.name === 'main' && element.parent?.__brushOption !== undefined;
      if (isSelection && element.style.fill !== asked.color) {
        element.setStyle({
          fill: asked.color,
          stroke: asked.borderColor,
          lineWidth: asked.borderWidth,
          opacity: asked.opacity
        });
      }
    }
  };
  chart.on('rendered', onRendered);
  return () => {
    if (!chart.isDisposed()) {
      chart.off('rendered', onRendered);
    }
  };
}
