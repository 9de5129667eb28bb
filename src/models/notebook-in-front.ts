import type { Client } from '../api/client';
import type { Now } from '../api/types';

/** Milliseconds after the last edit before the notebook is compared. */
const EDITING = 500;

/** The sources of a notebook's code cells as they read when called; null: not yet. */
export type Sources = () => readonly string[] | null;

const NO_SOURCES: Sources = () => null;

/** The notebook in front, and how it differs from its latest candidate before anything runs. */
export class NotebookInFront {
  /**
   * @param _changed - called when the difference is known.
   */
  constructor(
    private readonly _client: Client,
    private readonly _changed: () => void
  ) {}

  /** Its path; null: none is open. */
  get path(): string | null {
    return this._path;
  }

  /** The difference; null: it is not known. */
  get now(): Now | null {
    return this._now;
  }

  /** Another notebook is in front, or its cells can be read now. */
  set(path: string | null, sources = NO_SOURCES): void {
    this._sources = sources;
    if (path !== this._path) {
      this._path = path;
      this._now = null;
    }
  }

  /** It was edited; looked at when typing pauses. */
  noteEdit(): void {
    window.clearTimeout(this._editing);
    this._editing = window.setTimeout(() => void this.look(), EDITING);
  }

  /** Ask for the difference. */
  async look(): Promise<void> {
    const path = this._path;
    const sources = this._sources();
    // The row is a help, not the list: without an answer it is not shown.
    const now =
      path && sources
        ? await this._client.compareNow(path, sources).catch(() => null)
        : null;
    if (path === this._path && now !== this._now) {
      this._now = now;
      this._changed();
    }
  }

  dispose(): void {
    window.clearTimeout(this._editing);
  }

  private _path: string | null = null;
  private _sources = NO_SOURCES;
  private _now: Now | null = null;
  private _editing: number | undefined;
}
