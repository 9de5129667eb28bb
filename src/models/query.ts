/** From what a person typed and ticked to the server's filter: pure. */

/** A filter that is one click away. */
export type Chip = 'notebook' | 'finished' | 'failed' | 'starred' | 'verified';

export const CHIPS: readonly Chip[] = [
  'notebook',
  'finished',
  'failed',
  'starred',
  'verified'
];

/** The order of rows: a key of the filter grammar, such as `metrics.f1`. */
export interface ISort {
  key: string;
  descending: boolean;
}

const CONDITIONS: Readonly<Record<Exclude<Chip, 'notebook'>, string>> = {
  finished: "attributes.status = 'FINISHED'",
  failed: "attributes.status IN ('FAILED', 'KILLED')",
  starred: 'attributes.starred = 1',
  verified: 'attributes.verified = 1'
};

/** Whether a text is an expression of the filter grammar and not plain words. */
export function isExpression(text: string): boolean {
  return /[<>=!]|\b(i?like|in)\b\s*['"(]|\bis\s+(not\s+)?null\b|\.\./i.test(
    text
  );
}

/** A string of the filter grammar; quotes are doubled. */
export function quoted(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

/** One filter of a text and chips; chips of one kind widen, others narrow. */
export function filterOf(text: string, chips: ReadonlySet<Chip>): string {
  const trimmed = text.trim();
  const parts: string[] = [];
  const status = (['finished', 'failed'] as const).filter(chip =>
    chips.has(chip)
  );
  if (status.length === 1) {
    parts.push(CONDITIONS[status[0]]);
  }
  for (const chip of ['starred', 'verified'] as const) {
    if (chips.has(chip)) {
      parts.push(CONDITIONS[chip]);
    }
  }
  const asked = isExpression(trimmed)
    ? parts.length
      ? `(${trimmed})`
      : trimmed
    : trimmed
        .split(/\s+/)
        .filter(word => word)
        .map(quoted)
        .join(' ');
  return [...(asked ? [asked] : []), ...parts].join(' and ');
}

/** Only candidates that are nobody's children, such as a search's attempts. */
export const TOP_LEVEL = 'tags.mlflow.parentRunId IS NULL';

/** The children of a candidate. */
export function childrenOf(id: string): string {
  return `attributes.parent = ${quoted(id)}`;
}

/** `order_by` of a sort; names that are no identifiers are quoted. */
export function orderOf(sort: ISort | null): string | undefined {
  if (!sort) {
    return undefined;
  }
  const dot = sort.key.indexOf('.');
  const kind = sort.key.slice(0, dot);
  const name = sort.key.slice(dot + 1);
  return `${fieldOf(kind, name)} ${sort.descending ? 'DESC' : 'ASC'}`;
}

/** A field of the grammar, such as `` metrics.`f1 of test` ``. */
export function fieldOf(kind: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name)
    ? `${kind}.${name}`
    : `${kind}.\`${name.replace(/`/g, '')}\``;
}
