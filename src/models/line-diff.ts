/** Which lines of two texts differ, and where inside them: pure. */

/** One row of a line diff: a line of `a`, of `b`, or of both. */
export interface ILineRow {
  state: 'equal' | 'changed' | 'added' | 'removed';
  /** The line of the first text and its number from 1; null: none. */
  a: { text: string; number: number } | null;
  b: { text: string; number: number } | null;
}

/** A part of a line; `changed`: the other line has something else here. */
export interface IPart {
  text: string;
  changed: boolean;
}

/** Products of lengths beyond this are compared without alignment. */
const MOST = 4_000_000;

/**
 * Pairs of equal elements in order, as many as possible (longest common
 * subsequence). Equal beginnings and ends are found first, so that the table
 * is only as large as what differs.
 */
export function common<T>(
  a: readonly T[],
  b: readonly T[]
): [number, number][] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    head += 1;
  }
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail += 1;
  }
  const pairs: [number, number][] = [];
  for (let index = 0; index < head; index += 1) {
    pairs.push([index, index]);
  }
  const [rows, columns] = [a.length - head - tail, b.length - head - tail];
  if (rows * columns <= MOST) {
    for (const [i, j] of longest(
      a.slice(head, head + rows),
      b.slice(head, head + columns)
    )) {
      pairs.push([head + i, head + j]);
    }
  }
  for (let index = tail; index > 0; index -= 1) {
    pairs.push([a.length - index, b.length - index]);
  }
  return pairs;
}

function longest<T>(a: readonly T[], b: readonly T[]): [number, number][] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return pairs;
}

/** The lines of two texts side by side; lines that were replaced stand beside their replacement. */
export function diffLines(a: string, b: string): ILineRow[] {
  const [left, right] = [a.split('\n'), b.split('\n')];
  const rows: ILineRow[] = [];
  const side = (lines: string[], index: number) => ({
    text: lines[index],
    number: index + 1
  });
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [
    ...common(left, right),
    [left.length, right.length]
  ]) {
    while (i < nextI || j < nextJ) {
      const one = i < nextI ? side(left, i++) : null;
      const other = j < nextJ ? side(right, j++) : null;
      const state = one && other ? 'changed' : one ? 'removed' : 'added';
      rows.push({ state, a: one, b: other });
    }
    if (nextI < left.length && nextJ < right.length) {
      rows.push({
        state: 'equal',
        a: side(left, nextI),
        b: side(right, nextJ)
      });
      i = nextI + 1;
      j = nextJ + 1;
    }
  }
  return rows;
}

/** The words of two lines, with what is not in the other marked. */
export function diffWords(a: string, b: string): { a: IPart[]; b: IPart[] } {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  const pairs = common(left, right);
  return {
    a: partsOf(left, new Set(pairs.map(([i]) => i))),
    b: partsOf(right, new Set(pairs.map(([, j]) => j)))
  };
}

function wordsOf(line: string): string[] {
  return line.match(/[\p{L}\p{N}_.]+|\s+|[^\p{L}\p{N}_.\s]/gu) ?? [];
}

function partsOf(words: string[], kept: ReadonlySet<number>): IPart[] {
  const parts: IPart[] = [];
  words.forEach((text, index) => {
    const changed = !kept.has(index);
    const last = parts[parts.length - 1];
    if (last && last.changed === changed) {
      last.text += text;
    } else {
      parts.push({ text, changed });
    }
  });
  return parts;
}
