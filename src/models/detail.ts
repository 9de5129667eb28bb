import { ServerConnection } from '@jupyterlab/services';

import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import { SeriesModel } from './series';
import type { Client } from '../api/client';
import type { CandidateChange, CandidateDetail, Execution } from '../api/types';

/** One candidate in full. */
export class DetailModel extends Observable {
  constructor(options: DetailModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this.id = options.id;
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  readonly id: string;

  /** The candidate, or null before the first answer. */
  get candidate(): CandidateDetail | null {
    return this._candidate;
  }

  /** What ran for it, in order; null: not known yet. */
  get executions(): readonly Execution[] | null {
    return this._executions;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  /** Why the last change was not kept. */
  get changeProblem(): IProblem | null {
    return this._changeProblem;
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  rename(name: string): Promise<boolean> {
    return this._change({ name });
  }

  star(starred: boolean): Promise<boolean> {
    return this._change({ starred });
  }

  setNotes(notes: string): Promise<boolean> {
    return this._change({ notes });
  }

  /**
   * Set and remove tags. Nothing is shown before it is kept: the form that
   * asks stays open until then.
   *
   * @returns why they are not kept, or null.
   */
  async changeTags(
    change: Pick<CandidateChange, 'tags' | 'removed_tags'>
  ): Promise<IProblem | null> {
    try {
      this._candidate = await this._client.updateCandidate(this.id, change);
    } catch (reason) {
      return problemOf(reason);
    }
    this.notify();
    return null;
  }

  /** One of its metrics; the caller disposes it. */
  openSeries(metric: string, points?: number): SeriesModel {
    return new SeriesModel({
      client: this._client,
      live: this._live,
      ids: [this.id],
      metric,
      points
    });
  }

  /** Where an artifact is. */
  artifactUrl(path: string): string {
    return this._client.artifactUrl(this.id, path);
  }

  /**
   * An artifact as text.
   *
   * @throws an error when the server refuses or does not answer.
   */
  async artifactText(path: string): Promise<string> {
    const response = await ServerConnection.makeRequest(
      this.artifactUrl(path),
      {},
      this._client.settings
    );
    if (!response.ok) {
      throw new ServerConnection.ResponseError(response);
    }
    return response.text();
  }

  /** Show a change at once; it is taken back when the server refuses it. Returns whether it is kept. */
  private async _change(
    change: Partial<Pick<CandidateDetail, 'name' | 'starred' | 'notes'>>
  ): Promise<boolean> {
    const before = this._candidate;
    this._changeProblem = null;
    this._candidate = before && { ...before, ...change };
    this.notify();
    try {
      this._candidate = await this._client.updateCandidate(this.id, change);
      return true;
    } catch (reason) {
      this._candidate = before;
      this._changeProblem = problemOf(reason);
      return false;
    } finally {
      this.notify();
    }
  }

  private _onLive(_: Live, changes: IChanges): void {
    const mine =
      changes.all ||
      changes.ids.has(this.id) ||
      changes.ids.has(this._candidate?.notebook_run ?? '') ||
      changes.kinds.has('version');
    if (
      mine &&
      concerns(changes, 'candidate', 'outbox', 'notebook_run', 'version')
    ) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._candidate = await this._client.getCandidate(this.id);
      this._problem = null;
      this.notify();
      this._executions = await this._ranFor(this._candidate);
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  /** The executions of a candidate's notebook run; none when it was deleted or never came here. */
  private async _ranFor(candidate: CandidateDetail): Promise<Execution[]> {
    if (!candidate.notebook_run) {
      return [];
    }
    try {
      const run = await this._client.getNotebookRun(candidate.notebook_run);
      return run.executions;
    } catch (reason) {
      if (problemOf(reason).code === 'not_found') {
        return [];
      }
      throw reason;
    }
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _candidate: CandidateDetail | null = null;
  private _executions: readonly Execution[] | null = null;
  private _problem: IProblem | null = null;
  private _changeProblem: IProblem | null = null;
}

export namespace DetailModel {
  export interface IOptions {
    client: Client;
    live: Live;
    id: string;
  }
}
