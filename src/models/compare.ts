import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { CodeCell, Comparison, Point } from '../api/types';

/** The tabs of a comparison. */
export type CompareTab = 'differences' | 'charts' | 'code' | 'artifacts';

/** A comparison of two or more candidates. */
export class CompareModel extends Observable {
  constructor(options: CompareModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._ids = [...options.ids];
    this._baseline = options.baseline ?? this._ids[0];
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  /** Ids of the compared candidates, in order. */
  get ids(): readonly string[] {
    return this._ids;
  }

  /** The candidate that the others are measured against. */
  get baseline(): string {
    return this._baseline;
  }

  /** The comparison, or null before the first answer. */
  get comparison(): Comparison | null {
    return this._comparison;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  get tab(): CompareTab {
    return this._tab;
  }

  /** Whether rows with equal values are left out. */
  get differencesOnly(): boolean {
    return this._differencesOnly;
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  setTab(tab: CompareTab): void {
    this._tab = tab;
    this.notify();
  }

  setDifferencesOnly(on: boolean): void {
    this._differencesOnly = on;
    this.notify();
  }

  /** Measure the others against this candidate. */
  async setBaseline(id: string): Promise<void> {
    this._baseline = id;
    this.notify();
    await this.refresh();
  }

  /** One metric's points by candidate, reduced at the server. */
  series(
    metric: string,
    options: { points?: number; from?: number; to?: number } = {}
  ): Promise<Record<string, Point[]>> {
    return this._client.getSeries(this._ids, metric, options);
  }

  /** Cell-aware differences of the code of two candidates. */
  code(a: string, b: string): Promise<CodeCell[]> {
    return this._client.compareCode(a, b);
  }

  /** Where an artifact is. */
  artifactUrl(id: string, path: string): string {
    return this._client.artifactUrl(id, path);
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (
      concerns(changes, 'candidate') &&
      (changes.all || this._ids.some(id => changes.ids.has(id)))
    ) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._comparison = await this._client.compare(this._ids, this._baseline);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private readonly _ids: string[];
  private _baseline: string;
  private _comparison: Comparison | null = null;
  private _problem: IProblem | null = null;
  private _tab: CompareTab = 'differences';
  private _differencesOnly = true;
}

export namespace CompareModel {
  export interface IOptions {
    client: Client;
    live: Live;
    ids: readonly string[];
    baseline?: string;
  }
}
