import type { IRange } from './pages';
import type { Candidate } from '../api/types';

/** A line of the list: a candidate, or a hole where it has not come yet. */
export type Row = Candidate | undefined;

/** The children that are shown below their parents, such as the attempts of a search. */
export class Children {
  /**
   * @param _ask - the children of a candidate, from the server.
   */
  constructor(private readonly _ask: (id: string) => Promise<Candidate[]>) {}

  /** Whether a candidate's children are shown. */
  has(id: string): boolean {
    return this._shown.has(id);
  }

  /** Show the children of a candidate. */
  async show(id: string): Promise<void> {
    const children = await this._ask(id);
    this._shown = new Map(this._shown).set(id, children);
  }

  /** Show them no more. */
  hide(id: string): void {
    const rest = new Map(this._shown);
    rest.delete(id);
    this._shown = rest;
  }

  /** Ask again for those of these parents that are shown, and hide the others', unless it `isLate` by then. */
  async renew(
    parents: readonly Candidate[],
    isLate: () => boolean
  ): Promise<void> {
    const shown = parents.filter(
      ({ id, children }) => children && this.has(id)
    );
    const renewed = await Promise.all(
      shown.map(async ({ id }) => [id, await this._ask(id)] as const)
    );
    if (!isLate()) {
      this._shown = new Map(renewed);
    }
  }

  /** Show none. */
  clear(): void {
    this._shown = new Map();
  }

  /** Change rows in place: what is known before the server has said it. */
  patch(change: (row: Candidate) => Candidate): void {
    this._shown = new Map(
      [...this._shown].map(([parent, rows]) => [parent, rows.map(change)])
    );
  }

  /** The rows with the shown children below their parents. */
  below(rows: readonly Row[]): readonly Row[] {
    return this._shown.size
      ? rows.flatMap(row => [row, ...((row && this._shown.get(row.id)) ?? [])])
      : rows;
  }

  /** Places among the parents of places among `lines`. */
  placesOf({ first, last }: IRange, lines: readonly Row[]): IRange {
    if (!this._shown.size) {
      return { first, last };
    }
    const before = (line: number) => {
      const parents = lines
        .slice(0, line + 1)
        .filter(row => !(row?.parent && this.has(row.parent)));
      return Math.max(0, parents.length - 1);
    };
    return { first: before(first), last: before(last) };
  }

  private _shown: ReadonlyMap<string, Candidate[]> = new Map();
}
