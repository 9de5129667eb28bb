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

/** A secret that may be in what would be pushed: where, and its line with the secret masked. */
export interface IFinding {
  rule: string;
  where: string;
  line?: number;
  masked: string;
}

/** What a push would send. */
export interface IDryRun {
  candidates: number;
  versions: number;
  files: number;
  bytes: number;
  /** Things that the secret gate would hold. */
  held: number;
  findings: IFinding[];
}

/** What is deleted in GitLab, and what is worth knowing about it. */
export interface IDeleted {
  deleted: string[];
  told: string[];
}

/** A thing that may be in GitLab: a model's id is its name, a version's `name@1.2.3`. */
export interface IShared {
  kind: 'candidate' | 'version' | 'model';
  id: string;
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
  // A remote that refuses everything (a dead token) needs somebody too.
  const troubles = held + error + (status.connection.message ? 1 : 0);
  if (troubles > 0) {
    return { state: 'attention', count: troubles };
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

  /** What a push would send, without sending it; to all that is not there yet, or everything local. */
  async dryRun(remote?: string): Promise<IDryRun> {
    const found = await this._client.controlQueue(
      'dry-run',
      remote ? { remote } : {}
    );
    return found as unknown as IDryRun;
  }

  /** Delete a thing in GitLab, for good; here it stays. */
  async deleteThere(thing: IShared): Promise<IDeleted> {
    const found = await this._client.controlQueue('delete', { ...thing });
    await this.refresh();
    return found as unknown as IDeleted;
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
