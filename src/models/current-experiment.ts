import type { IMemory } from './choices';
import type { Experiment } from '../api/types';

/** Under which key the chosen experiment is kept over reloads. */
const CHOSEN = 'jupyterlab-mlops:experiment';

/**
 * Which experiment is shown: that of the notebook in front, until another one
 * is chosen beside that notebook.
 */
export class CurrentExperiment {
  constructor(private readonly _memory: IMemory | null) {}

  /** Its id; null: all experiments. */
  get id(): string | null {
    return this._id;
  }

  /** Whether it goes by the notebook in front. */
  get follows(): boolean {
    return this._follows;
  }

  /** At the start: what was chosen before the page was left. Later calls wait for the first. */
  recall(): Promise<void> {
    this._recalled ??= this._recall();
    return this._recalled;
  }

  /** Stay with an experiment while this notebook is in front. */
  choose(id: string | null, notebook: string | null): void {
    this._id = id;
    this._follows = false;
    this._chosenFor = notebook;
    void this._memory?.save(CHOSEN, { id, notebook }).catch(() => undefined);
  }

  /** Another notebook is in front. */
  follow(notebook: string | null): void {
    this._follows ||= notebook !== null && notebook !== this._chosenFor;
  }

  /** Settle on one of those there are; returns whether it is another one than before. */
  settle(experiments: readonly Experiment[], notebook: string | null): boolean {
    const before = this._id;
    const known = experiments.some(({ id }) => id === before);
    const latest = experiments[0]?.id ?? null;
    if (this._follows) {
      const own = experiments.find(
        item => notebook !== null && item.notebook === notebook
      );
      this._id = own?.id ?? (known ? before : latest);
    } else if (before !== null && !known) {
      this._id = latest;
    }
    return this._id !== before;
  }

  private async _recall(): Promise<void> {
    const stored = await this._memory?.fetch(CHOSEN).catch(() => undefined);
    const { id, notebook } = (stored ?? {}) as Record<string, unknown>;
    if (this._follows && (typeof id === 'string' || id === null)) {
      this._follows = false;
      this._id = id;
      this._chosenFor = typeof notebook === 'string' ? notebook : null;
    }
  }

  private _id: string | null = null;
  private _follows = true;
  private _chosenFor: string | null = null;
  private _recalled: Promise<void> | null = null;
}
