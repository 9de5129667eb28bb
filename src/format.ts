/** Numbers, times and sizes as short text that aligns in columns. */
import type { TranslationBundle } from '@jupyterlab/translation';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A measured value in about five significant digits. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? '∞' : '−∞';
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return minus(value.toExponential(2).replace('e+', 'e'));
  }
  if (Number.isInteger(value)) {
    return minus(String(value));
  }
  const digits = size >= 1000 ? 1 : size >= 100 ? 2 : size >= 10 ? 3 : 4;
  return minus(value.toFixed(digits));
}

/** A standard deviation: two significant digits. */
export function formatDeviation(value: number): string {
  return value !== 0 && (value < 1e-3 || value >= 1000)
    ? formatNumber(value)
    : String(Number(value.toPrecision(2)));
}

/** A difference with its sign. */
export function formatDelta(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** A share as per cent with its sign, such as `+3.1 %`. */
export function formatPercent(value: number): string {
  const text = minus(
    Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)
  );
  return `${value > 0 ? '+' : ''}${text} %`;
}

function minus(text: string): string {
  return text.replace(/-/g, '−');
}

/** How long ago, in one unit: `now`, `5 min`, `3 h`, `2 d`, else the date. */
export function formatAge(
  time: number | null,
  now: number,
  trans: TranslationBundle
): string {
  if (time === null) {
    return '';
  }
  const age = Math.max(0, now - time);
  if (age < MINUTE) {
    return trans.__('now');
  }
  if (age < HOUR) {
    return trans.__('%1 min', Math.floor(age / MINUTE));
  }
  if (age < DAY) {
    return trans.__('%1 h', Math.floor(age / HOUR));
  }
  if (age < 30 * DAY) {
    return trans.__('%1 d', Math.floor(age / DAY));
  }
  return formatDate(time);
}

/** A date without time, in the reader's language. */
function formatDate(time: number): string {
  return new Date(time).toLocaleDateString(undefined, {
    year: 'numeric',
    month: 'short',
    day: 'numeric'
  });
}

/** A moment in full, in the reader's language. */
export function formatTime(time: number | null): string {
  return time === null ? '' : new Date(time).toLocaleString();
}

/** A duration of seconds: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) {
    return '';
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 60) {
    return `${Math.round(seconds)} s`;
  }
  const total = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, '0');
  if (total < 3600) {
    return `${Math.floor(total / 60)} min ${pad(total % 60)} s`;
  }
  return `${Math.floor(total / 3600)} h ${pad(Math.floor((total % 3600) / 60))} min`;
}

/** Bytes in decimal units. */
export function formatSize(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) {
    return '';
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}
