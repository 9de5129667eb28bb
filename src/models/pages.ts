import type { Candidate, CandidatePage, CandidateQuery } from '../api/types';

/** Rows of the first answer: enough for a screen, quick to answer. */
export const FIRST = 100;
/** Rows that are loaded ahead at once. */
const AHEAD = 500;
/** Rows that are loaded ahead at most; further ones come when they are scrolled to. */
const MOST_AHEAD = 20_000;
/** The most rows the server gives at once. */
const LIMIT = 1000;

/** What a list is asked for; which part of it, the pages know. */
export type ListQuery = Omit<CandidateQuery, 'limit' | 'offset' | 'order'>;

/** Places in a list, both ends included. */
export interface IRange {
  first: number;
  last: number;
}

/**
 * The rows of a long list. Those in sight are asked for first; the rest is
 * loaded ahead, so that scrolling meets rows and not blanks.
 *
 * The same question asked again renews what is in sight and leaves the other
 * rows as they were until they are looked at. So does another order or filter:
 * rows that have come once are shown where they belong now.
 */
export class Pages {
  /**
   * @param _ask - one part of the list, from the server.
   * @param _changed - called whenever rows have come.
   */
  constructor(
    private readonly _ask: (query: CandidateQuery) => Promise<CandidatePage>,
    private readonly _changed: () => void
  ) {}

  /** All rows in order; those that have not come are holes. */
  get rows(): readonly (Candidate | undefined)[] {
    return this._rows;
  }

  /** The rows that have come, in order. */
  get loaded(): readonly Candidate[] {
    this._loaded ??= this._rows.filter(row => row !== undefined);
    return this._loaded;
  }

  /** Which way the metrics of the rows are better. */
  get directions(): CandidatePage['directions'] {
    return this._directions;
  }

  /** Forget everything. */
  clear(): void {
    this._epoch += 1;
    this._asked = new Set();
    this._fresh = new Set();
    this._query = null;
    this._known = new Map();
    this._put([]);
  }

  /** Change rows in place: what is known before the server has said it. */
  patch(change: (row: Candidate) => Candidate): void {
    this._put(this._rows.map(row => row && change(row)));
    this._known.forEach((row, id) => this._known.set(id, change(row)));
  }

  /**
   * Ask for the rows in sight. The rows of another question go when the
   * answer comes, not before.
   */
  async load(query: ListQuery, inSight: IRange): Promise<void> {
    const epoch = ++this._epoch;
    const same = JSON.stringify(query) === JSON.stringify(this._query);
    const carries = valuesOf(query) === (this._query && valuesOf(this._query));
    // Rows that are known need no second journey, only their places.
    const order = (!same && carries && this._known.size > FIRST) || undefined;
    const first = same ? blockOf(inSight.first) * FIRST : 0;
    const size = Math.min(LIMIT, Math.max(inSight.last + 1 - first, 1));
    const limit = Math.ceil(size / FIRST) * FIRST;
    let page = await this._ask({ ...query, offset: first, limit, order });
    let offset = first;
    if (offset >= page.total && page.total > 0) {
      offset = 0;
      page = await this._ask({ ...query, offset, limit });
    }
    if (epoch !== this._epoch) {
      return;
    }
    this._query = query;
    this._asked = new Set();
    this._fresh = new Set();
    if (!carries) {
      this._known = new Map();
    }
    if (!same) {
      this._most = MOST_AHEAD;
    }
    const known = page.order?.map(id => this._known.get(id)) ?? [];
    this._put(same ? this._rows.slice() : known);
    this._take(page, offset);
  }

  /** Load what is missing or old among these rows. */
  async ensure({ first, last }: IRange): Promise<void> {
    const end = Math.min(last, this._rows.length - 1);
    const wanted: number[] = [];
    for (let block = blockOf(first); block <= blockOf(end); block += 1) {
      if (!this._fresh.has(block) && !this._asked.has(block)) {
        wanted.push(block);
      }
    }
    if (wanted.length) {
      const from = wanted[0];
      this._urgent += 1;
      try {
        await this._fetch(from, wanted[wanted.length - 1] + 1 - from);
      } finally {
        this._urgent -= 1;
      }
    }
  }

  /**
   * Load rows that have never come, one page after the other, until another question is asked.
   *
   * @param how - `all`: to the end, not only as far as it is good to be ahead.
   */
  fill(pause: () => Promise<void>, how: { all?: boolean } = {}): Promise<void> {
    if (how.all) {
      this._most = Infinity;
    }
    if (this._filling?.epoch !== this._epoch) {
      const filling = { epoch: this._epoch, done: this._fill(pause) };
      this._filling = filling;
      const over = () => {
        if (this._filling === filling) {
          this._filling = null;
        }
      };
      filling.done.then(over, over);
    }
    return this._filling.done;
  }

  private async _fill(pause: () => Promise<void>): Promise<void> {
    const epoch = this._epoch;
    while (epoch === this._epoch) {
      if (this._urgent) {
        await pause(); // what is in sight comes first
        continue;
      }
      const hole = this._rows.findIndex(
        (row, place) => row === undefined && !this._asked.has(blockOf(place))
      );
      if (hole < 0 || hole >= this._most) {
        return;
      }
      await this._fetch(blockOf(hole), AHEAD / FIRST);
      await pause();
    }
  }

  private async _fetch(block: number, count: number): Promise<void> {
    const query = this._query;
    if (!query) {
      return;
    }
    const epoch = this._epoch;
    const blocks = Array.from({ length: count }, (_, at) => block + at);
    const asked = this._asked;
    blocks.forEach(item => asked.add(item));
    try {
      const page = await this._ask({
        ...query,
        offset: block * FIRST,
        limit: Math.min(LIMIT, count * FIRST)
      });
      if (epoch === this._epoch) {
        this._take(page, block * FIRST);
        this._changed();
      }
    } finally {
      blocks.forEach(item => asked.delete(item));
    }
  }

  /** Put a page in its place. */
  private _take(page: CandidatePage, offset: number): void {
    const rows = this._rows.slice(0, page.total);
    for (let place = rows.length; place < page.total; place += 1) {
      rows.push(undefined);
    }
    page.candidates.forEach((row, at) => {
      rows[offset + at] = row;
      this._known.set(row.id, row);
    });
    const end = offset + page.candidates.length;
    for (let block = blockOf(offset); block * FIRST < end; block += 1) {
      this._fresh.add(block);
    }
    this._directions = { ...this._directions, ...page.directions };
    this._put(rows);
  }

  private _put(rows: (Candidate | undefined)[]): void {
    this._rows = rows;
    this._loaded = null;
  }

  private _rows: (Candidate | undefined)[] = [];
  private _loaded: readonly Candidate[] | null = null;
  private _directions: CandidatePage['directions'] = {};
  private _query: ListQuery | null = null;
  /** Blocks of {@link FIRST} rows that are as the server last said. */
  private _fresh = new Set<number>();
  /** Blocks that are on their way, of the present question. */
  private _asked = new Set<number>();
  /** Every row that has come with the values that are asked for now, by id. */
  private _known = new Map<string, Candidate>();
  private _filling: { epoch: number; done: Promise<void> } | null = null;
  /** Rows that are loaded ahead at most. */
  private _most = MOST_AHEAD;
  /** Requests for rows in sight that are on their way. */
  private _urgent = 0;
  private _epoch = 0;
}

/** What rows of a list carry, whatever is listed in which order. */
function valuesOf({ experiment, metrics, params, tags }: ListQuery): string {
  return JSON.stringify([experiment, metrics, params, tags]);
}

function blockOf(place: number): number {
  return Math.floor(Math.max(0, place) / FIRST);
}
