/** The lines of the differences table: pure. */
import type { Group } from '../../models/markdown';
import { GROUPS } from '../../models/markdown';
import type { Comparison, Difference } from '../../models/types';

/** A group as shown: params that nobody set are one of their own, which starts folded. */
export type Fold = Group | 'defaults';

/** A heading, or a row below it. */
export type DifferenceLine =
  | { kind: 'group'; group: Fold; count: number }
  | { kind: 'row'; group: Group; row: Difference };

/**
 * The lines to show, and how many equal rows are left out.
 *
 * @param options.ids - candidates in sight: a row differs if it does among them.
 * @param options.search - words that all have to be part of a row's name.
 */
export function differenceLines(
  comparison: Comparison,
  options: {
    ids: readonly string[];
    differencesOnly: boolean;
    search: string;
    folded: ReadonlySet<Fold>;
  }
): { lines: DifferenceLine[]; hidden: number } {
  const words = options.search.toLowerCase().split(/\s+/).filter(Boolean);
  const all = options.ids.length === comparison.candidates.length;
  const lines: DifferenceLine[] = [];
  let hidden = 0;
  for (const group of GROUPS) {
    const rows = comparison.groups[group].filter(row => {
      const name = row.name.toLowerCase();
      return words.every(word => name.includes(word));
    });
    const shown = options.differencesOnly
      ? rows.filter(row => (all ? row.differs : differsAmong(row, options.ids)))
      : rows;
    hidden += rows.length - shown.length;
    if (!shown.length) {
      continue;
    }
    const unset = shown.filter(row => row.unset);
    const folds: [Fold, Difference[]][] = [
      [group, unset.length ? shown.filter(row => !row.unset) : shown],
      ['defaults', unset]
    ];
    for (const [fold, rows] of folds) {
      if (rows.length) {
        lines.push({ kind: 'group', group: fold, count: rows.length });
      }
      // Who searches wants to see what is found.
      if (!options.folded.has(fold) || (fold === 'defaults' && words.length)) {
        rows.forEach(row => lines.push({ kind: 'row', group, row }));
      }
    }
  }
  return { lines, hidden };
}

/** Whether some of these have another value, or none. */
function differsAmong(row: Difference, ids: readonly string[]): boolean {
  const first = row.values[ids[0]];
  return ids.some(id => row.values[id] !== first);
}

/** The candidate with the best value of a metric, if one is better than another. */
export function bestIn(row: Difference): string | null {
  const { direction } = row;
  if (!direction) {
    return null;
  }
  let best: { id: string; value: number } | null = null;
  let distinct = 0;
  for (const [id, value] of Object.entries(row.values)) {
    if (typeof value !== 'number' || (best && value === best.value)) {
      continue;
    }
    distinct += 1;
    if (
      !best ||
      (direction === 'max' ? value > best.value : value < best.value)
    ) {
      best = { id, value };
    }
  }
  return best && distinct > 1 ? best.id : null;
}
