import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type {
  QueueItem,
  Remote,
  RemoteCheck,
  RemoteProposal,
  RemoteRequest,
  Status
} from '../api/types';

/** The connection to GitLab in one word and a number. */
export interface ISyncSummary {
  state: 'unknown' | 'disconnected' | 'attention' | 'queued' | 'synced';
  count: number;
}

/** What a person has to know of a status first. */
export function summaryOf(status: Status | null): ISyncSummary {
  if (!status) {
    return { state: 'unknown', count: 0 };
  }
  if (!status.connection.connected) {
    return { state: 'disconnected', count: 0 };
  }
  const { held, error, queued, pushing, waiting } = status.queue;
  if (held + error > 0) {
    return { state: 'attention', count: held + error };
  }
  const under = queued + pushing + waiting;
  return under > 0
    ? { state: 'queued', count: under }
    : { state: 'synced', count: 0 };
}

/** The connection to GitLab and the queue of what is pushed. */
export class SyncModel extends Observable {
  constructor(options: SyncModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._live.changed.connect(this._onLive, this);
  }

  get status(): Status | null {
    return this._status;
  }

  get summary(): ISyncSummary {
    return summaryOf(this._status);
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

  /** Connected projects, and what a connection could be made of. */
  remotes(): Promise<{ remotes: Remote[]; proposal: RemoteProposal }> {
    return this._client.listRemotes();
  }

  /** Try a connection without keeping it. */
  check(request: RemoteRequest): Promise<RemoteCheck> {
    return this._client.checkRemote(request);
  }

  async connect(request: RemoteRequest): Promise<Remote> {
    const remote = await this._client.connectRemote(request);
    await this.refresh();
    return remote;
  }

  async disconnect(name: string): Promise<void> {
    await this._client.disconnectRemote(name);
    await this.refresh();
  }

  /** What is queued, held or in error, oldest first. */
  queue(): Promise<QueueItem[]> {
    return this._client.getQueue();
  }

  async syncNow(): Promise<void> {
    await this._client.syncNow();
    await this.refresh();
  }

  /** Pause, resume, retry, or decide about a finding of the secret gate. */
  async control(
    action: 'pause' | 'resume' | 'retry' | 'redact' | 'not-a-secret' | 'pull',
    target: { remote?: string; kind?: string; id?: string } = {}
  ): Promise<void> {
    await this._client.controlQueue(action, target);
    await this.refresh();
  }

  /** What a push would send, without sending it. */
  dryRun(): Promise<Record<string, unknown>> {
    return this._client.controlQueue('dry-run');
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'outbox', 'remote', 'candidate', 'version')) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._status = await this._client.getStatus();
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _status: Status | null = null;
  private _problem: IProblem | null = null;
}

export namespace SyncModel {
  export interface IOptions {
    client: Client;
    live: Live;
  }
}
