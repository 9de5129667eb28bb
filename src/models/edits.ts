import type { Client } from '../api/client';
import type { Candidate } from '../api/types';

/**
 * Changes of candidates, shown before the server has confirmed them.
 *
 * Each raises what the server says; the list then shows what is there.
 */
export class Edits {
  constructor(private readonly _options: Edits.IOptions) {}

  star(id: string, starred: boolean): Promise<void> {
    return this._update(id, { starred });
  }

  rename(id: string, name: string): Promise<void> {
    return this._update(id, { name });
  }

  /**
   * Move candidates to the bin.
   *
   * @param how - `forGood`: and out of it; nobody can bring them back.
   */
  remove(ids: readonly string[], { forGood = false } = {}): Promise<void> {
    return this._each(ids, id =>
      this._options.client.deleteCandidate(id, forGood)
    );
  }

  /** Bring candidates back from the bin. */
  restore(ids: readonly string[]): Promise<void> {
    return this._each(ids, id => this._options.client.restoreCandidate(id));
  }

  private async _update(
    id: string,
    change: { starred?: boolean; name?: string }
  ): Promise<void> {
    const { client, patch, refresh } = this._options;
    patch(row => (row.id === id ? { ...row, ...change } : row));
    try {
      await client.updateCandidate(id, change);
    } finally {
      await refresh();
    }
  }

  /** Do it to one after the other: those that it was done to leave the list. */
  private async _each(
    ids: readonly string[],
    doing: (id: string) => Promise<unknown>
  ): Promise<void> {
    const done: string[] = [];
    try {
      for (const id of ids) {
        await doing(id);
        done.push(id);
      }
    } finally {
      this._options.left(done);
      await this._options.refresh();
    }
  }
}

export namespace Edits {
  export interface IOptions {
    client: Client;
    /** Shows candidates otherwise. */
    patch: (change: (row: Candidate) => Candidate) => void;
    /** Called when candidates have left the list. */
    left: (ids: readonly string[]) => void;
    /** Looks at the server again. */
    refresh: () => Promise<void>;
  }
}
