import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { CandidateDetail, Point } from '../api/types';

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

  /** The candidate's id. */
  readonly id: string;

  /** The candidate, or null before the first answer. */
  get candidate(): CandidateDetail | null {
    return this._candidate;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** A metric's points, reduced at the server. */
  async series(metric: string, points = 200): Promise<Point[]> {
    const series = await this._client.getSeries([this.id], metric, { points });
    return series[this.id] ?? [];
  }

  /** Where an artifact is. */
  artifactUrl(path: string): string {
    return this._client.artifactUrl(this.id, path);
  }

  /** Keep notes on the candidate. */
  async setNotes(notes: string): Promise<void> {
    this._candidate = await this._client.updateCandidate(this.id, { notes });
    this.notify();
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (
      changes.all ||
      changes.ids.has(this.id) ||
      concerns(changes, 'outbox')
    ) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._candidate = await this._client.getCandidate(this.id);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _candidate: CandidateDetail | null = null;
  private _problem: IProblem | null = null;
}

export namespace DetailModel {
  export interface IOptions {
    client: Client;
    live: Live;
    /** The candidate's id. */
    id: string;
  }
}
