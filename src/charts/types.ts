import type { ISeriesStyle } from './styles';

/** A measured point. The value may be NaN or infinite. */
export interface IPoint {
  step: number;
  /** Milliseconds since the epoch. */
  time: number;
  value: number;
}

/** The points of one candidate, in order of step. */
export interface ISeries {
  id: string;
  name: string;
  style: ISeriesStyle;
  points: readonly IPoint[];
}

/** One candidate in a chart without steps: values by dimension; a missing one has no entry. */
export interface IItem {
  id: string;
  name: string;
  style: ISeriesStyle;
  values: Readonly<Record<string, number | string>>;
}

/** A metric or param as an axis. */
export interface IDimension {
  /** Such as `metrics.loss`. */
  key: string;
  label: string;
  /** The words on an axis of words, in order; absent: an axis of numbers. */
  categories?: readonly string[];
}

/** What curves are drawn over. */
export type XAxis = 'step' | 'relative' | 'wall';

/** A stretch of an x axis, in the axis' unit. */
export interface IRange {
  from: number;
  to: number;
}

/** What a chart shows as rows: for screen readers and for export. */
export interface ITable {
  columns: readonly { label: string; numeric: boolean }[];
  rows: readonly (readonly (string | number | null)[])[];
}
