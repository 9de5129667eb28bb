import type { ECharts } from 'echarts/core';
import * as React from 'react';

import type { IRange } from './types';

/** A drag shorter than this (pixels) is a click. */
const SHORT = 6;

interface IZoom {
  /** The dragged stretch in pixels; null: none. */
  selection: { left: number; width: number } | null;
  handlers: React.HTMLAttributes<HTMLElement>;
}

/** The stretch of x that a chart shows now. */
function extentOf(chart: ECharts): IRange | null {
  // The public API converts places, so the edges of the grid give the extent.
  const { width, height } = {
    width: chart.getWidth(),
    height: chart.getHeight()
  };
  let left: number | null = null;
  let right: number | null = null;
  for (let x = 0; x <= width; x += 1) {
    if (chart.containPixel({ gridIndex: 0 }, [x, height / 2])) {
      left ??= x;
      right = x;
    }
  }
  if (left === null || right === null) {
    return null;
  }
  return { from: placeAt(chart, left), to: placeAt(chart, right) };
}

function placeAt(chart: ECharts, x: number): number {
  return Number(chart.convertFromPixel({ xAxisIndex: 0 }, x));
}

/** A part of a stretch: its middle is moved by `shift` and its length multiplied by `scale`. Pure. */
export function moved(range: IRange, shift: number, scale: number): IRange {
  const length = range.to - range.from;
  const middle = (range.from + range.to) / 2 + shift * length;
  return {
    from: middle - (length * scale) / 2,
    to: middle + (length * scale) / 2
  };
}

const KEYS: Readonly<Record<string, [shift: number, scale: number]>> = {
  '+': [0, 0.5],
  '=': [0, 0.5],
  '-': [0, 2],
  ArrowLeft: [-0.25, 1],
  ArrowRight: [0.25, 1]
};

/**
 * Zooming along x: drag over a stretch, double-click for all; with the keyboard
 * `+`, `-`, the arrows, and `0` for all.
 */
export function useZoom(
  chart: ECharts | null,
  onZoom: ((range: IRange | null) => void) | undefined
): IZoom {
  const [drag, setDrag] = React.useState<{ from: number; to: number } | null>(
    null
  );
  if (!chart || !onZoom) {
    return { selection: null, handlers: {} };
  }
  const placeOf = (event: React.PointerEvent) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const handlers: React.HTMLAttributes<HTMLElement> = {
    onPointerDown: event => {
      const x = placeOf(event);
      if (
        event.button === 0 &&
        chart.containPixel({ gridIndex: 0 }, [x, chart.getHeight() / 2])
      ) {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: x, to: x });
      }
    },
    onPointerMove: event => {
      const x = placeOf(event);
      setDrag(present => (present ? { ...present, to: x } : null));
    },
    onPointerCancel: () => setDrag(null),
    onPointerUp: () => {
      if (drag && Math.abs(drag.to - drag.from) > SHORT) {
        const [left, right] = [drag.from, drag.to].sort((a, b) => a - b);
        onZoom({ from: placeAt(chart, left), to: placeAt(chart, right) });
      }
      setDrag(null);
    },
    onDoubleClick: () => onZoom(null),
    onKeyDown: event => {
      if (event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      const step = KEYS[event.key];
      const extent = step && extentOf(chart);
      if (event.key === '0' || event.key === 'Escape') {
        onZoom(null);
      } else if (extent) {
        onZoom(moved(extent, ...step));
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const selection =
    drag && Math.abs(drag.to - drag.from) > SHORT
      ? {
          left: Math.min(drag.from, drag.to),
          width: Math.abs(drag.to - drag.from)
        }
      : null;
  return { selection, handlers };
}
