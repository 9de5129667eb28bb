/** What is shown of a candidate that is pointed at: pure. */
import { escapeHtml } from './base';
import type { IDimension, IItem } from './types';
import { formatNumber } from '../format';

/** A candidate with its values, for a tooltip. */
export function cardOf(
  item: IItem | undefined,
  dimensions: readonly IDimension[]
): string {
  if (!item) {
    return '';
  }
  const rows = dimensions.map(({ key, label }) => {
    const value = item.values[key];
    const text =
      typeof value === 'number' ? formatNumber(value) : String(value ?? '–');
    return `<div>${escapeHtml(label)} <b>${escapeHtml(text)}</b></div>`;
  });
  return `<div><b>${escapeHtml(item.name)}</b></div>${rows.join('')}`;
}
