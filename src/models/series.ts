import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { Point } from '../api/types';

/** Points by candidate id. */
export type SeriesById = Readonly<Record<string, readonly Point[]>>;

/** A stretch of steps, both ends included. */
export interface ISteps {
  from: number;
  to: number;
}

/** All points that one request may bring, over all candidates: fifty curves have a lowest and a highest for every second pixel. */
const BUDGET = 25_000;

/** Points a candidate so that `count` candidates stay within the budget. */
export function pointsFor(count: number): number {
  return Math.max(60, Math.min(1000, Math.floor(BUDGET / Math.max(1, count))));
}

/**
 * One metric of some candidates, reduced at the server to what a screen can
 * show. A zoomed stretch is asked for again, finer.
 */
export class SeriesModel extends Observable {
  constructor(options: SeriesModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._ids = options.ids;
    this.metric = options.metric;
    this._points = options.points ?? pointsFor(options.ids.length);
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  readonly metric: string;

  /** What is known of the shown stretch, or null before the first answer. */
  get series(): SeriesById | null {
    return this._near ?? this._overview;
  }

  /** The stretch that is shown; null: all. */
  get steps(): ISteps | null {
    return this._steps;
  }

  get busy(): boolean {
    return this._busy;
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

  /** Show a stretch of steps; null: all. What is known is shown until finer points come. */
  async zoom(steps: ISteps | null): Promise<void> {
    this._steps = steps;
    if (!steps) {
      this._near = null;
    }
    this.notify();
    if (steps) {
      await this.refresh();
    }
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (
      concerns(changes, 'candidate') &&
      this._ids.some(id => changes.ids.has(id))
    ) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    const steps = this._steps;
    this._busy = true;
    this.notify();
    try {
      const found = await this._client.getSeries(this._ids, this.metric, {
        points: this._points,
        ...(steps ?? {})
      });
      if (!steps) {
        this._overview = found;
      } else if (steps === this._steps) {
        this._near = found;
      }
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this._busy = false;
    this.notify();
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _ids: readonly string[];
  private readonly _points: number;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _overview: SeriesById | null = null;
  private _near: SeriesById | null = null;
  private _steps: ISteps | null = null;
  private _problem: IProblem | null = null;
  private _busy = false;
}

export namespace SeriesModel {
  export interface IOptions {
    client: Client;
    live: Live;
    ids: readonly string[];
    metric: string;
    /** At most about this many points a candidate. */
    points?: number;
  }
}
