import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';

import type { IComparison } from './comparison';
import { comparisonOf } from './comparison';
import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import { SeriesModel } from './series';
import type { Client } from '../api/client';
import type { CandidateDetail, CodeCell, ComparisonTable } from '../api/types';

/** The most candidates that one comparison takes. */
export const MOST_COMPARED = 500;

/** The tabs of a comparison. */
export type CompareTab = 'differences' | 'charts' | 'code' | 'artifacts';

export const COMPARE_TABS: readonly CompareTab[] = [
  'differences',
  'charts',
  'code',
  'artifacts'
];

/** Values of a comparison that is not asked for again without a sign of a change. */
const HEAVY = 10_000;

/** How the charts of a comparison are drawn. */
export interface IChartChoices {
  axis: 'step' | 'relative' | 'wall';
  logX: boolean;
  logY: boolean;
  /** Weight of the moving average, 0 (none) to 0.99. */
  smoothing: number;
  /** What curves are grouped by into bands, such as `params.seed`; null: each its own. */
  group: string | null;
  /** Words that the names of shown metrics contain. */
  search: string;
  /** Axes of the parallel coordinates, such as `params.lr`; null: chosen by themselves. */
  axes: string[] | null;
  /** What the scatter's axes and the bars are of; null: chosen by themselves. */
  scatterX: string | null;
  scatterY: string | null;
  scatterLogX: boolean;
  scatterLogY: boolean;
  /** What colours the scatter's marks; null: each candidate's own colour. */
  scatterColour: string | null;
  /** Whether the scatter's plane is painted in bands of that. */
  contour: boolean;
  bars: string | null;
  /** The metric of the boxes and what its groups have in common; null: chosen by themselves. */
  boxes: string | null;
  boxesBy: string | null;
}

const CHART_CHOICES: IChartChoices = {
  axis: 'step',
  logX: false,
  logY: false,
  smoothing: 0,
  group: null,
  search: '',
  axes: null,
  scatterX: null,
  scatterY: null,
  scatterLogX: false,
  scatterLogY: false,
  scatterColour: null,
  contour: true,
  bars: null,
  boxes: null,
  boxesBy: null
};

/** What of a comparison outlives a reload. */
export interface ICompareState {
  ids: string[];
  baseline: string;
  tab: CompareTab;
  differencesOnly: boolean;
  charts: Partial<IChartChoices>;
}

/** A comparison of two or more candidates. */
export class CompareModel extends Observable {
  constructor(options: CompareModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._ids = [...new Set(options.ids)];
    const { baseline } = options;
    this._baseline =
      baseline && this._ids.includes(baseline) ? baseline : this._ids[0];
    this._tab = options.tab ?? 'differences';
    this._differencesOnly = options.differencesOnly ?? true;
    this._charts = { ...CHART_CHOICES, ...options.charts };
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
  get comparison(): IComparison | null {
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

  get charts(): Readonly<IChartChoices> {
    return this._charts;
  }

  /** Ids that a brush has left; null: nothing is brushed. */
  get brushed(): ReadonlySet<string> | null {
    return this._brushed;
  }

  /** Candidates that all tabs show: those neither hidden nor outside of the brush. */
  get shown(): readonly CandidateDetail[] {
    return (this._comparison?.candidates ?? []).filter(
      ({ id }) => !this._hidden.has(id) && (this._brushed?.has(id) ?? true)
    );
  }

  /** Whether some candidates are not shown. */
  get filtered(): boolean {
    return this._hidden.size > 0 || this._brushed !== null;
  }

  get state(): ICompareState {
    const chosen = Object.entries(this._charts).filter(
      ([key, value]) => value !== CHART_CHOICES[key as keyof IChartChoices]
    );
    return {
      ids: [...this._ids],
      baseline: this._baseline,
      tab: this._tab,
      differencesOnly: this._differencesOnly,
      charts: Object.fromEntries(chosen)
    };
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    this._prepared?.dispose();
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

  setCharts(change: Partial<IChartChoices>): void {
    this._charts = { ...this._charts, ...change };
    this.notify();
  }

  /** Measure the others against this candidate. */
  setBaseline(id: string): void {
    this._baseline = id;
    this._comparison = this._comparison && {
      ...this._comparison,
      baseline: id
    };
    this.notify();
  }

  isHidden(id: string): boolean {
    return this._hidden.has(id);
  }

  /** Hide a candidate in all tabs, or show it again. */
  toggleHidden(id: string): void {
    const hidden = new Set(this._hidden);
    if (!hidden.delete(id)) {
      hidden.add(id);
    }
    this._hidden = hidden;
    this.notify();
  }

  /** Show only these in all tabs; null: all that are not hidden. */
  setBrushed(ids: Iterable<string> | null): void {
    this._brushed = ids && new Set(ids);
    this.notify();
  }

  /** Show every candidate again. */
  showAll(): void {
    this._hidden = new Set();
    this._brushed = null;
    this.notify();
  }

  /** Ask for the curves of a metric before they are looked at. */
  prepareSeries(metric: string): void {
    this._prepared ??= this._newSeries(metric);
  }

  /** One metric of all compared candidates; the caller disposes it. */
  openSeries(metric: string): SeriesModel {
    const prepared = this._prepared;
    if (prepared?.metric === metric && !prepared.isDisposed) {
      this._prepared = null;
      return prepared;
    }
    return this._newSeries(metric);
  }

  private _newSeries(metric: string): SeriesModel {
    return new SeriesModel({
      client: this._client,
      live: this._live,
      ids: this._ids,
      metric
    });
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
      (changes.all ? this._isLight : this._ids.some(id => changes.ids.has(id)))
    ) {
      void this.refresh();
    }
  }

  /** Whether looking again without a reason costs little, or something still runs. */
  private get _isLight(): boolean {
    if (this._problem?.code === 'not_found') {
      return false; // what is deleted does not come back by itself
    }
    const { candidates = [], groups } = this._comparison ?? {};
    const values = candidates.length * (groups?.metrics?.length ?? 0);
    return (
      values < HEAVY || candidates.some(({ status }) => status === 'RUNNING')
    );
  }

  private async _refresh(): Promise<void> {
    try {
      const found = await this._client.compare(this._ids);
      // The same again stays the same object: nothing is drawn anew.
      if (!isSame(found, this._table)) {
        this._table = found;
        this._comparison = comparisonOf(found, this._baseline);
      }
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
  private _table: ComparisonTable | null = null;
  private _comparison: IComparison | null = null;
  private _problem: IProblem | null = null;
  private _tab: CompareTab;
  private _differencesOnly: boolean;
  private _hidden: ReadonlySet<string> = new Set();
  private _brushed: ReadonlySet<string> | null = null;
  private _charts: IChartChoices;
  private _prepared: SeriesModel | null = null;
}

function isSame(one: ComparisonTable, other: ComparisonTable | null): boolean {
  return (
    other !== null &&
    JSONExt.deepEqual(
      one as unknown as ReadonlyPartialJSONObject,
      other as unknown as ReadonlyPartialJSONObject
    )
  );
}

export namespace CompareModel {
  export interface IOptions {
    client: Client;
    live: Live;
    ids: readonly string[];
    baseline?: string;
    tab?: CompareTab;
    differencesOnly?: boolean;
    charts?: Partial<IChartChoices>;
  }
}
