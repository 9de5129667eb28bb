import type { Direction } from './measure';
import type { Client } from '../api/client';
import type { Keys } from '../api/types';

/** Names of each kind that are known without a search. */
const KNOWN = 200;

/** The names of metrics, params and tags of an experiment: a catalogue apart from its rows. */
export class Names {
  constructor(private readonly _client: Client) {}

  /** Those that are known; null before the first answer. */
  get keys(): Keys | null {
    return this._keys;
  }

  /** Which way a metric is better, as far as the catalogue says. */
  directionOf(metric: string): Direction {
    const key = this._keys?.metrics.find(({ name }) => name === metric);
    return key?.direction ?? null;
  }

  /**
   * Ask for those of an experiment (null: of all).
   *
   * @param isLate - whether, when the answer comes, another one is shown.
   */
  async look(experiment: string | null, isLate: () => boolean): Promise<void> {
    const keys = await this._client.listKeys({
      experiment: experiment ?? undefined,
      limit: KNOWN
    });
    if (!isLate()) {
      this._keys = keys;
    }
  }

  /** Names that contain a text: more than {@link keys} may hold. */
  search(experiment: string | null, text: string): Promise<Keys> {
    return this._client.listKeys({
      experiment: experiment ?? undefined,
      search: text,
      limit: KNOWN
    });
  }

  /** Forget all. */
  clear(): void {
    this._keys = null;
  }

  private _keys: Keys | null = null;
}
