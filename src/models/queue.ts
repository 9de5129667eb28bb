import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { IDryRun, IFinding, SyncModel } from './sync';
import type { QueueItem, Remote } from '../api/types';

/** What the secret gate found in an item. */
export function findingsOf(item: QueueItem): IFinding[] {
  const findings = item.error?.findings;
  return Array.isArray(findings) ? (findings as IFinding[]) : [];
}

/** Why an item is not there, in words. */
export function messageOf(item: QueueItem): string | null {
  const message = item.error?.message;
  return typeof message === 'string' ? message : null;
}

/** The connected projects and what is on its way to them, kept as they are. */
export class QueueModel extends Observable {
  constructor(
    private readonly _sync: SyncModel,
    private readonly _live: Live
  ) {
    super();
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  /** Connected projects, or null before the first answer. */
  get remotes(): readonly Remote[] | null {
    return this._remotes;
  }

  /** What is not there yet, oldest first, or null before the first answer. */
  get items(): readonly QueueItem[] | null {
    return this._items;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  /** What a push to a remote would send, once asked for. */
  dryRun(remote: string): IDryRun | null {
    return this._dryRuns.get(remote) ?? null;
  }

  /** Whether an action of this name is on its way. */
  isBusy(action: string): boolean {
    return this._busy.has(action);
  }

  itemsOf(remote: string): QueueItem[] {
    return (this._items ?? []).filter(item => item.remote === remote);
  }

  async refresh(): Promise<void> {
    await Promise.all([this._remoteReads.run(), this._itemReads.run()]);
  }

  pause(remote: Remote): Promise<void> {
    return this._run(`pause ${remote.name}`, () =>
      this._sync.control(remote.paused ? 'resume' : 'pause', {
        remote: remote.name
      })
    );
  }

  disconnect(remote: string): Promise<void> {
    return this._run(`disconnect ${remote}`, () =>
      this._sync.disconnect(remote)
    );
  }

  pull(remote: string): Promise<void> {
    return this._run(`pull ${remote}`, () =>
      this._sync.control('pull', { remote })
    );
  }

  look(remote: string): Promise<void> {
    return this._run(`look ${remote}`, async () => {
      this._dryRuns.set(remote, await this._sync.dryRun(remote));
    });
  }

  pushNow(): Promise<void> {
    return this._run('push', () => this._sync.syncNow());
  }

  /** Try an item again, or decide about what was found in it. */
  decide(
    item: QueueItem,
    action: 'retry' | 'redact' | 'not-a-secret'
  ): Promise<void> {
    const { remote, kind, id } = item;
    this._dryRuns.clear();
    return this._run(`${action} ${remote} ${kind} ${id}`, () =>
      this._sync.control(action, { remote, kind, id })
    );
  }

  private async _run(name: string, task: () => Promise<void>): Promise<void> {
    if (this._busy.has(name)) {
      return;
    }
    this._busy.add(name);
    this._problem = null;
    this.notify();
    try {
      await task();
    } catch (reason) {
      this._problem = problemOf(reason);
    } finally {
      this._busy.delete(name);
      this.notify();
    }
    await this.refresh();
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'remote')) {
      void this._remoteReads.run();
    }
    if (concerns(changes, 'outbox', 'remote', 'candidate', 'version')) {
      void this._itemReads.run();
    }
  }

  private async _readRemotes(): Promise<void> {
    await this._read(async () => {
      this._remotes = (await this._sync.remotes()).remotes;
    });
  }

  private async _readItems(): Promise<void> {
    await this._read(async () => {
      const items = await this._sync.queue();
      this._items = items.filter(item => item.state !== 'synced');
    });
  }

  private async _read(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _remoteReads = new Sequence(() => this._readRemotes());
  private readonly _itemReads = new Sequence(() => this._readItems());
  private readonly _dryRuns = new Map<string, IDryRun>();
  private readonly _busy = new Set<string>();
  private _remotes: readonly Remote[] | null = null;
  private _items: readonly QueueItem[] | null = null;
  private _problem: IProblem | null = null;
}
