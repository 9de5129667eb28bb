/** A comparison as Markdown for a merge request: pure. */
import type { CandidateDetail, Comparison, Difference } from '../api/types';
import { formatDelta, formatNumber, formatPercent } from '../format';
import { deltaInRow } from './measure';

/** The groups of a comparison in the order in which they are shown. */
export const GROUPS = [
  'metrics',
  'params',
  'data',
  'code',
  'environment',
  'tags'
] as const;

export type Group = (typeof GROUPS)[number];

/**
 * Tables of what differs, one column a candidate, the baseline first.
 *
 * @param candidates - those to write about, in order.
 * @param words - headings of the groups, and what marks the baseline.
 * @param all - whether equal rows are written too.
 */
export function markdownOf(
  comparison: Comparison,
  candidates: readonly CandidateDetail[],
  words: { titles: Record<Group, string>; baseline: string; name: string },
  all = false
): string {
  const { baseline } = comparison;
  const ordered = [
    ...candidates.filter(({ id }) => id === baseline),
    ...candidates.filter(({ id }) => id !== baseline)
  ];
  const head = ordered.map(({ id, name }) =>
    id === baseline ? `${cell(name)} (${words.baseline})` : cell(name)
  );
  const sections = GROUPS.flatMap(group => {
    const rows = comparison.groups[group].filter(
      row => all || (row.differs && !row.unset)
    );
    if (!rows.length) {
      return [];
    }
    const align = ordered.map(() => (group === 'metrics' ? '---:' : '---'));
    return [
      [
        `### ${words.titles[group]}`,
        '',
        `| ${[words.name, ...head].join(' | ')} |`,
        `| ${['---', ...align].join(' | ')} |`,
        ...rows.map(
          row =>
            `| ${[
              cell(row.name),
              ...ordered.map(({ id }) => valueOf(row, id, baseline))
            ].join(' | ')} |`
        )
      ].join('\n')
    ];
  });
  return sections.length ? sections.join('\n\n') + '\n' : '';
}

function valueOf(row: Difference, id: string, baseline: string): string {
  const value = row.values[id];
  if (value === undefined) {
    return '–';
  }
  const text =
    typeof value === 'number' ? formatNumber(value) : cell(String(value));
  const delta = deltaInRow(row, id, baseline);
  if (!delta || delta.absolute === 0) {
    return text;
  }
  const sign = delta.better === null ? '' : delta.better ? '▲ ' : '▽ ';
  const percent =
    delta.percent === null ? '' : `, ${formatPercent(delta.percent)}`;
  return `${text} (${sign}${formatDelta(delta.absolute)}${percent})`;
}

/** Text that stays in its cell. */
function cell(text: string): string {
  const line = text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`|<>*_[\]]/g, character => `\\${character}`);
  return line || '""';
}
