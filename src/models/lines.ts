import { Children } from './children';
import type { Row } from './children';
import type { IRange, ListQuery } from './pages';
import { FIRST, Pages } from './pages';
import type { Candidate, CandidatePage, CandidateQuery } from '../api/types';

/** The lines of the list: pages of candidates, children below their unfolded parents, and which of them are in sight. */
export class Lines {
  constructor(private readonly _options: Lines.IOptions) {
    this._pages = new Pages(_options.ask, () => this._put());
    this._children = new Children(_options.askChildren);
  }

  /** Every line: a candidate, or a hole where it has not come yet. */
  get all(): readonly Row[] {
    this._all ??= this._children.below(this._pages.rows);
    return this._all;
  }

  /** The candidates among the lines. */
  get candidates(): readonly Candidate[] {
    this._candidates ??=
      this.all === this._pages.rows
        ? this._pages.loaded
        : this.all.filter(row => row !== undefined);
    return this._candidates;
  }

  /** How many candidates the list has, children of others not counted. */
  get count(): number {
    return this._pages.rows.length;
  }

  /** How many of them have come. */
  get loaded(): number {
    return this._pages.loaded.length;
  }

  /** Which way the metrics of the rows are better. */
  get directions(): CandidatePage['directions'] {
    return this._pages.directions;
  }

  /** Grows whenever another question is asked: what was scrolled to is no longer there. */
  get question(): number {
    return this._question;
  }

  /** Whether a candidate's children are shown. */
  isUnfolded(id: string): boolean {
    return this._children.has(id);
  }

  /** Show or hide a candidate's children. */
  async setUnfolded(id: string, on: boolean): Promise<void> {
    if (on) {
      await this._children.show(id);
    } else {
      this._children.hide(id);
    }
    this._put();
  }

  /** Another question will be asked: what is in sight will be the first lines. */
  fromTheTop(): void {
    this._inSight = TOP;
    this._question += 1;
  }

  /**
   * Ask for the lines in sight.
   *
   * @param folds - whether children belong below their parents.
   * @returns false if another question was asked meanwhile: nothing was taken.
   */
  async load(query: ListQuery, folds: boolean): Promise<boolean> {
    const question = this._question;
    const isLate = () => question !== this._question;
    try {
      await this._pages.load(query, this._inSight);
    } catch (reason) {
      if (isLate()) {
        return false;
      }
      throw reason;
    }
    if (!isLate()) {
      await this._children.renew(folds ? this._pages.loaded : [], isLate);
    }
    this._forget();
    return !isLate();
  }

  /** Lines that a view shows: they are loaded first, and again when something has changed. */
  ensure(inSight: IRange): Promise<void> {
    this._inSight = this._children.placesOf(inSight, this.all);
    return this._pages.ensure(this._inSight);
  }

  /**
   * Load the rest of the list, in the pauses: a view may be scrolled or grouped.
   *
   * @param how - `all`: however long the list is, for what is done to every row.
   */
  fill(how: { all?: boolean }): Promise<void> {
    return this._pages.fill(pause, how);
  }

  /** Change candidates in place: what is known before the server has said it. */
  patch(change: (row: Candidate) => Candidate): void {
    this._pages.patch(change);
    this._children.patch(change);
    this._put();
  }

  /** Forget everything. */
  clear(): void {
    this._pages.clear();
    this._children.clear();
    this._forget();
    this.fromTheTop();
  }

  private _put(): void {
    this._forget();
    this._options.changed();
  }

  private _forget(): void {
    this._all = null;
    this._candidates = null;
  }

  private readonly _pages: Pages;
  private readonly _children: Children;
  private _all: readonly Row[] | null = null;
  private _candidates: readonly Candidate[] | null = null;
  private _inSight: IRange = TOP;
  private _question = 0;
}

export namespace Lines {
  export interface IOptions {
    /** One part of the list, from the server. */
    ask: (query: CandidateQuery) => Promise<CandidatePage>;
    /** The children of a candidate, from the server. */
    askChildren: (id: string) => Promise<Candidate[]>;
    /** Called whenever lines have come or gone. */
    changed: () => void;
  }
}

const TOP: IRange = { first: 0, last: FIRST - 1 };

/** Let the page draw and the person act before more is loaded. */
function pause(): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, 10));
}
