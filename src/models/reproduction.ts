import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { ReproduceRequest, Reproductions } from '../api/types';

/** Milliseconds between looks at what runs. */
const LOOK = 700;

/** Running one candidate again: what was, what runs, and what came of it. */
export class ReproductionModel extends Observable {
  constructor(options: ReproductionModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this.id = options.id;
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  readonly id: string;

  /** What is known, or null before the first answer. */
  get state(): Reproductions | null {
    return this._state;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  /** Why the last thing that was asked for was refused. */
  get refusal(): IProblem | null {
    return this._refusal;
  }

  /** Whether something runs. */
  get running(): boolean {
    return this._state?.job?.running ?? false;
  }

  /** Emitted when what ran has ended. */
  get ended(): ISignal<this, Reproductions> {
    return this._ended;
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** Start running it again; whether it was started (see `refusal`). */
  begin(request: ReproduceRequest): Promise<boolean> {
    return this._ask(() => this._client.reproduce(this.id, request));
  }

  /** Stop what runs; what was made so far is kept. */
  cancel(): Promise<boolean> {
    return this._ask(() => this._client.cancelReproduction(this.id));
  }

  private async _ask(call: () => Promise<Reproductions>): Promise<boolean> {
    this._refusal = null;
    try {
      this._take(await call());
      return true;
    } catch (reason) {
      this._refusal = problemOf(reason);
      this.notify();
      return false;
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._take(await this._client.getReproductions(this.id));
    } catch (reason) {
      this._problem = problemOf(reason);
      this.notify();
      this._lookLater();
    }
  }

  private _take(state: Reproductions): void {
    const before = this.running;
    this._state = state;
    this._problem = null;
    this.notify();
    if (before && !this.running) {
      this._ended.emit(state);
    }
    this._lookLater();
  }

  /** Progress is not announced: while something runs it is asked for. */
  private _lookLater(): void {
    window.clearTimeout(this._timer);
    if (this.running && !this.isDisposed) {
      this._timer = window.setTimeout(() => void this.refresh(), LOOK);
    }
  }

  private _onLive(_: Live, changes: IChanges): void {
    const mine = changes.all || changes.ids.has(this.id);
    if (mine && concerns(changes, 'candidate')) {
      void this.refresh();
    }
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _ended = new Signal<this, Reproductions>(this);
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _state: Reproductions | null = null;
  private _problem: IProblem | null = null;
  private _refusal: IProblem | null = null;
  private _timer: number | undefined;
}

export namespace ReproductionModel {
  export interface IOptions {
    client: Client;
    live: Live;
    /** The candidate's id. */
    id: string;
  }
}
