import * as React from 'react';

import type { Observable } from '../../models/observable';

/** Draw again whenever a model has changed. */
export function useModel(model: Observable): void {
  const subscribe = React.useCallback(
    (listener: () => void) => {
      model.changed.connect(listener);
      return () => {
        model.changed.disconnect(listener);
      };
    },
    [model]
  );
  React.useSyncExternalStore(subscribe, () => model.revision);
}

/** The time, told anew every half minute: what ages are counted from. */
export function useClock(interval = 30_000): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), interval);
    return () => window.clearInterval(timer);
  }, [interval]);
  return Math.max(now, Date.now());
}

/**
 * Keep the focus inside a grid when its rows are put into another order: the
 * browser drops it when it moves the focused row.
 *
 * @returns Handlers for the grid's element.
 */
export function useKeptFocus(
  rows: readonly unknown[],
  focus: () => void
): {
  onFocus: () => void;
  onBlur: (event: React.FocusEvent) => void;
} {
  const held = React.useRef(false);
  React.useLayoutEffect(() => {
    if (held.current && document.activeElement === document.body) {
      focus();
    }
  }, [rows]);
  return {
    onFocus: () => {
      held.current = true;
    },
    onBlur: event => {
      held.current = event.relatedTarget === null;
    }
  };
}

/** The width of an element in pixels, its padding with it, as it changes. */
export function useWidth(ref: React.RefObject<HTMLElement>): number {
  return useMeasured(ref, widthOf);
}

/** The width that an element has for what is in it, in pixels, as it changes. */
export function useInnerWidth(ref: React.RefObject<HTMLElement>): number {
  return useMeasured(ref, innerWidthOf);
}

function widthOf(element: HTMLElement): number {
  return element.clientWidth;
}

function innerWidthOf(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  return (
    element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
  );
}

/** A length of an element in pixels, as its size changes. */
function useMeasured(
  ref: React.RefObject<HTMLElement>,
  measure: (element: HTMLElement) => number
): number {
  const [width, setWidth] = React.useState(0);
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (!element) {
      return;
    }
    setWidth(measure(element));
    const observer = new ResizeObserver(() => setWidth(measure(element)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, measure]);
  return width;
}
