import type { ECharts } from 'echarts/core';
import * as React from 'react';

import type { ITabProps } from './parts';
import type { IDimension, IItem } from '../../charts/types';

/** What charts of candidates by their values are given. */
export interface IRelationProps extends ITabProps {
  items: readonly IItem[];
  dimensions: readonly IDimension[];
  /** What else can be chosen. */
  others: readonly IDimension[];
  /** Pixels. */
  height: number;
}

/** Clicking what stands for a candidate opens it. */
export function useOpening(open: (id: string) => void) {
  return React.useCallback(
    (chart: ECharts) => {
      const onClick = (event: { data?: unknown }) => {
        const id = (event.data as { id?: string } | undefined)?.id;
        if (id) {
          open(id);
        }
      };
      chart.on('click', onClick);
      return () => {
        if (!chart.isDisposed()) {
          chart.off('click', onClick);
        }
      };
    },
    [open]
  );
}
