import type { Candidate } from '../api/types';

/** Which candidates are ticked, in the order of ticking. */
export class Selection {
  /**
   * @param _rows - the candidates of the list, in its order.
   * @param _changed - called when others are ticked.
   */
  constructor(
    private readonly _rows: () => readonly Candidate[],
    private readonly _changed: () => void
  ) {}

  /** Their ids. */
  get ids(): ReadonlySet<string> {
    return this._ids;
  }

  /** Tick exactly these. */
  set(ids: Iterable<string>): void {
    this._ids = new Set(ids);
    this._changed();
  }

  /** Untick these. */
  drop(ids: readonly string[]): void {
    this._put(ids, false);
  }

  /** Tick or untick one; `on` absent: the other way. */
  toggle(id: string, on = !this._ids.has(id)): void {
    this._last = id;
    this._put([id], on);
  }

  /** Tick or untick all rows from the one that was last ticked to this one. */
  toggleTo(id: string, on: boolean): void {
    const ids = this._rows().map(row => row.id);
    const [from, to] = [ids.indexOf(this._last ?? id), ids.indexOf(id)];
    if (from < 0 || to < 0) {
      this.toggle(id, on);
      return;
    }
    this._last = id;
    this._put(ids.slice(Math.min(from, to), Math.max(from, to) + 1), on);
  }

  private _put(ids: readonly string[], on: boolean): void {
    const next = new Set(this._ids);
    for (const id of ids) {
      if (on) {
        next.add(id);
      } else {
        next.delete(id);
      }
    }
    this.set(next);
  }

  private _ids: ReadonlySet<string> = new Set();
  private _last: string | null = null;
}
