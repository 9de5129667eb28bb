import type { IChanges, Live } from './live';
import { concerns } from './live';
import { bestFirst, ownMetric } from './measure';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { filterProblemOf, problemOf } from './problem';
import type { Chip, ISort } from './query';
import { TOP_LEVEL, childrenOf, filterOf, orderOf } from './query';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type {
  Candidate,
  CandidateDetail,
  Experiment,
  Keys,
  Now
} from '../api/types';

/** Rows of the first page: enough for a screen, quick to answer. */
const FIRST = 100;
/** Rows of a further page, and the most the server gives at once. */
const PAGE = 500;
/** Children of one candidate that are shown at most. */
const CHILDREN = 200;
/** Columns that are chosen by themselves, at most. */
const AUTOMATIC = 8;
/** Milliseconds after the last key before a search is sent. */
const TYPING = 150;

/** Under which key the chosen experiment is kept over reloads. */
const CHOSEN = 'jupyterlab-mlops:experiment';

/** What a person chose for an experiment; kept over reloads. */
export interface IChoices {
  /** Columns in order, such as `metrics.f1`; null: automatic. */
  columns: string[] | null;
  /** Widths in pixels by column. */
  widths: Record<string, number>;
  /** Which value of a metric's series a column shows. */
  aggregates: Record<string, 'last' | 'best' | 'min' | 'max'>;
  /** Columns kept in sight at the left. */
  pinned: string[];
  sort: ISort | null;
  /** The metric shown first; null: the server's choice. */
  primary: string | null;
  /** What rows are grouped by, such as `params.seed`. */
  group: string | null;
}

export const NO_CHOICES: IChoices = {
  columns: null,
  widths: {},
  aggregates: {},
  pinned: [],
  sort: null,
  primary: null,
  group: null
};

/** Where choices are kept. */
export interface IMemory {
  fetch(key: string): Promise<unknown>;
  save(key: string, value: unknown): Promise<void>;
}

/** The candidates of an experiment: what is listed, searched and selected. */
export class CandidatesModel extends Observable {
  constructor(options: CandidatesModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._memory = options.memory ?? null;
    this._live.changed.connect(this._onLive, this);
  }

  /** All experiments, most recently used first; null before the first answer. */
  get experiments(): readonly Experiment[] | null {
    return this._experiments;
  }

  /** The experiment that is shown; null: all. */
  get experiment(): Experiment | null {
    return (
      this._experiments?.find(item => item.id === this._experimentId) ?? null
    );
  }

  /** Loaded rows, from the first; children follow an unfolded parent. */
  get rows(): readonly Candidate[] {
    this._lines ??= this._children.size
      ? this._rows.flatMap(row => [row, ...(this._children.get(row.id) ?? [])])
      : this._rows;
    return this._lines;
  }

  /** How many rows there are, loaded or not. */
  get total(): number {
    return this._total + this.rows.length - this._rows.length;
  }

  /** How many candidates the list has, children of others not counted. */
  get count(): number {
    return this._total;
  }

  /** Whether children are folded into their parents: not in the results of a search. */
  get folds(): boolean {
    return this._text.trim() === '' && filterOf('', this._chips) === '';
  }

  /** Whether a candidate's children are shown. */
  isUnfolded(id: string): boolean {
    return this._children.has(id);
  }

  /** The names of metrics, params and tags of the experiment. */
  get keys(): Keys | null {
    return this._keys;
  }

  /** Whether anything has been answered yet. */
  get ready(): boolean {
    return this._ready;
  }

  /** Whether an answer is awaited. */
  get busy(): boolean {
    return this._busy;
  }

  /** Why the list is not what it should be. */
  get problem(): IProblem | null {
    return this._problem;
  }

  /** Why the filter cannot be used; the rows are those of the one before. */
  get filterProblem(): IProblem | null {
    return this._filterProblem;
  }

  get text(): string {
    return this._text;
  }

  get chips(): ReadonlySet<Chip> {
    return this._chips;
  }

  get choices(): Readonly<IChoices> {
    return this._choices;
  }

  /** Whether a filter narrows the list. */
  get filtered(): boolean {
    return this._text.trim() !== '' || this._chips.size > 0;
  }

  /** Ids of ticked candidates, in the order of ticking. */
  get selected(): ReadonlySet<string> {
    return this._selected;
  }

  /** The open notebook's path; null: none is open. */
  get notebook(): string | null {
    return this._notebook;
  }

  /** How the open notebook differs from its latest candidate. */
  get now(): Now | null {
    return this._now;
  }

  /** The metric that is shown first, and which way is better. */
  get primary(): { name: string; direction: 'max' | 'min' } | null {
    const chosen = this._choices.primary;
    if (chosen) {
      return { name: chosen, direction: this.directionOf(chosen) };
    }
    return this._keys?.primary_metric ?? null;
  }

  /** Columns in order: those chosen, else the automatic ones. */
  get columns(): string[] {
    if (this._choices.columns) {
      return this._choices.columns;
    }
    const { metrics = [], params = [] } = this._keys?.automatic ?? {};
    const primary = this.primary?.name;
    const names = metrics.filter(name => name !== primary);
    return [
      ...(primary ? [`metrics.${primary}`] : []),
      ...names.slice(0, AUTOMATIC / 2).map(name => `metrics.${name}`),
      ...params.slice(0, AUTOMATIC / 2).map(name => `params.${name}`)
    ];
  }

  /** Which way a metric is better. */
  directionOf(metric: string): 'max' | 'min' {
    const key = this._keys?.metrics.find(item => item.name === metric);
    return key?.direction ?? 'max';
  }

  override dispose(): void {
    window.clearTimeout(this._typing);
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  /** Show another experiment; null: all. */
  async setExperiment(id: string | null): Promise<void> {
    if (id === this._experimentId) {
      return;
    }
    this._follow = false;
    this._chosenFor = this._notebook;
    void this._memory
      ?.save(CHOSEN, { id, notebook: this._notebook })
      .catch(() => undefined);
    await this._show(id);
  }

  /**
   * Tell which notebook is in front: its experiment is shown, until another
   * one is chosen beside that notebook.
   */
  async setNotebook(path: string | null): Promise<void> {
    if (path === this._notebook) {
      return;
    }
    await this._recallOnce();
    this._notebook = path;
    this._follow ||= path !== null && path !== this._chosenFor;
    this._now = null;
    this.notify();
    if (this._follow || this._chips.has('notebook')) {
      await this.refresh();
    } else {
      await this._lookNow();
    }
  }

  /** Search; sent when typing pauses. The old rows stay until an answer comes. */
  setText(text: string): void {
    this._text = text;
    this.notify();
    window.clearTimeout(this._typing);
    this._typing = window.setTimeout(() => void this._restart(), TYPING);
  }

  toggleChip(chip: Chip): void {
    const chips = new Set(this._chips);
    if (!chips.delete(chip)) {
      chips.add(chip);
    }
    this._chips = chips;
    void this._restart();
  }

  /** Drop the search text and every chip. */
  clearFilter(): void {
    this._text = '';
    this._chips = new Set();
    void this._restart();
  }

  /** Sort by a key: first the useful way, then the other, then not at all. */
  sortBy(key: string): void {
    const metric = key.startsWith('metrics.') ? key.slice(8) : null;
    const first = metric ? this.directionOf(metric) === 'max' : false;
    const sort = this._choices.sort;
    if (sort?.key !== key) {
      this.choose({ sort: { key, descending: first } });
    } else if (sort.descending === first) {
      this.choose({ sort: { key, descending: !first } });
    } else {
      this.choose({ sort: null });
    }
  }

  /** Change what is remembered for this experiment. */
  choose(change: Partial<IChoices>): void {
    this._choices = { ...this._choices, ...change };
    this.notify();
    void this._memory
      ?.save(this._memoryKey, this._choices)
      .catch(() => undefined);
    if (
      change.sort !== undefined ||
      change.columns !== undefined ||
      change.primary !== undefined ||
      change.group !== undefined
    ) {
      void this.refresh();
    }
  }

  /** Tick or untick; `on` absent: the other way. */
  toggleSelected(id: string, on = !this._selected.has(id)): void {
    const selected = new Set(this._selected);
    if (on) {
      selected.add(id);
    } else {
      selected.delete(id);
    }
    this.select(selected);
  }

  /** Tick exactly these. */
  select(ids: Iterable<string>): void {
    this._selected = new Set(ids);
    this.notify();
  }

  /** Show or hide a candidate's children. */
  async setUnfolded(id: string, on: boolean): Promise<void> {
    if (on) {
      const children = await this._lookChildren(id);
      this._children = new Map(this._children).set(id, children);
    } else {
      const rest = new Map(this._children);
      rest.delete(id);
      this._children = rest;
    }
    this._lines = null;
    this.notify();
  }

  /** Load rows up to `index`: what a scrolled view needs. */
  async ensure(index: number): Promise<void> {
    this._wanted = index;
    if (index < this.rows.length || !this._nextToken || this._loadingMore) {
      return;
    }
    this._loadingMore = true;
    try {
      while (this._wanted >= this.rows.length && this._nextToken) {
        const epoch = this._epoch;
        const page = await this._client.listCandidates({
          ...this._query(),
          limit: PAGE,
          page_token: this._nextToken
        });
        if (epoch !== this._epoch) {
          return;
        }
        this._rows = [...this._rows, ...page.candidates];
        this._lines = null;
        this._nextToken = page.next_page_token;
        this._total = page.total;
        this.notify();
      }
    } catch (reason) {
      this._problem = problemOf(reason);
      this.notify();
    } finally {
      this._loadingMore = false;
    }
  }

  /** Look again: experiments, keys and the rows in sight. */
  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** A candidate in full. */
  get(id: string): Promise<CandidateDetail> {
    return this._client.getCandidate(id);
  }

  async star(id: string, starred: boolean): Promise<void> {
    this._patch(id, { starred });
    await this._client.updateCandidate(id, { starred });
    await this.refresh();
  }

  async rename(id: string, name: string): Promise<void> {
    this._patch(id, { name });
    await this._client.updateCandidate(id, { name });
    await this.refresh();
  }

  /** Move candidates to the bin. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await this._client.deleteCandidate(id);
    }
    this.select([...this._selected].filter(id => !ids.includes(id)));
    await this.refresh();
  }

  /** Bring candidates back from the bin. */
  async restore(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await this._client.restoreCandidate(id);
    }
    await this.refresh();
  }

  /** Show a change at once, before the server has confirmed it. */
  private _patch(id: string, change: Partial<Candidate>): void {
    const patched = (row: Candidate) =>
      row.id === id ? { ...row, ...change } : row;
    this._rows = this._rows.map(patched);
    this._children = new Map(
      [...this._children].map(([parent, rows]) => [parent, rows.map(patched)])
    );
    this._lines = null;
    this.notify();
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (!this._ready && !changes.all) {
      return;
    }
    if (
      concerns(changes, 'candidate', 'experiment', 'outbox', 'notebook_run')
    ) {
      void this.refresh();
    }
  }

  /** Rows from the first again, because the question changed. */
  private async _restart(): Promise<void> {
    this._wanted = 0;
    this.notify();
    await this.refresh();
  }

  private async _show(id: string | null): Promise<void> {
    this._experimentId = id;
    this._rows = [];
    this._children = new Map();
    this._lines = null;
    this._total = 0;
    this._keys = null;
    this._selected = new Set();
    this._wanted = 0;
    this._epoch += 1;
    this._ready = false;
    await this._recall();
    this.notify();
    await this.refresh();
  }

  private async _recall(): Promise<void> {
    this._choices = NO_CHOICES;
    const stored = await this._memory
      ?.fetch(this._memoryKey)
      .catch(() => undefined);
    if (stored && typeof stored === 'object') {
      this._choices = { ...NO_CHOICES, ...(stored as Partial<IChoices>) };
    }
  }

  private get _memoryKey(): string {
    return `jupyterlab-mlops:choices:${this._experimentId ?? 'all'}`;
  }

  private async _refresh(): Promise<void> {
    this._busy = true;
    this.notify();
    try {
      await this._lookExperiments();
      await Promise.all([this._lookRows(), this._lookNow()]);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    } finally {
      this._busy = false;
      this._ready = true;
      this.notify();
    }
  }

  /** At the start: the experiment that was chosen before the page was left. */
  private async _recallExperiment(): Promise<void> {
    const stored = await this._memory?.fetch(CHOSEN).catch(() => undefined);
    const { id, notebook } = (stored ?? {}) as Record<string, unknown>;
    if (this._follow && (typeof id === 'string' || id === null)) {
      this._follow = false;
      this._experimentId = id;
      this._chosenFor = typeof notebook === 'string' ? notebook : null;
    }
    await this._recall();
  }

  private _recallOnce(): Promise<void> {
    this._recalled ??= this._recallExperiment();
    return this._recalled;
  }

  private async _lookExperiments(): Promise<void> {
    await this._recallOnce();
    this._experiments = await this._client.listExperiments();
    const known = this._experiments.some(
      item => item.id === this._experimentId
    );
    if (this._follow) {
      const own = this._experiments.find(
        item => this._notebook !== null && item.notebook === this._notebook
      );
      const id = own?.id ?? (known ? this._experimentId : this._fallback());
      if (id !== this._experimentId) {
        this._experimentId = id;
        this._selected = new Set();
        this._keys = null;
        this._rows = [];
        this._children = new Map();
        this._lines = null;
        await this._recall();
      }
    } else if (this._experimentId !== null && !known) {
      this._experimentId = this._fallback();
    }
  }

  private _fallback(): string | null {
    return this._experiments?.[0]?.id ?? null;
  }

  private async _lookRows(): Promise<void> {
    const epoch = ++this._epoch;
    const keys = await this._client.listKeys(this._experimentId ?? undefined);
    if (epoch !== this._epoch) {
      return;
    }
    this._keys = keys;
    const enough = Math.max(FIRST, this._wanted + FIRST);
    let rows: Candidate[] = [];
    let token: string | null = null;
    let total = 0;
    try {
      do {
        const page = await this._client.listCandidates({
          ...this._query(),
          limit: Math.min(1000, enough - rows.length),
          page_token: token ?? undefined
        });
        rows = rows.length ? [...rows, ...page.candidates] : page.candidates;
        token = page.next_page_token;
        total = page.total;
      } while (token && rows.length < enough);
      this._filterProblem = null;
    } catch (reason) {
      const problem = problemOf(reason);
      if (problem.code === 'invalid_value' && this._text.trim()) {
        const shift = filterOf(this._text, this._chips).startsWith('(') ? 1 : 0;
        this._filterProblem = filterProblemOf(reason, shift);
        return;
      }
      throw reason;
    }
    const unfolded = this.folds
      ? rows.filter(row => this._children.has(row.id) && row.children)
      : [];
    const children = await Promise.all(
      unfolded.map(
        async row => [row.id, await this._lookChildren(row.id)] as const
      )
    );
    if (epoch !== this._epoch) {
      return;
    }
    this._rows = rows;
    this._children = new Map(children);
    this._lines = null;
    this._nextToken = token;
    this._total = total;
  }

  /** The children of a candidate, the best first unless another order was chosen. */
  private async _lookChildren(id: string): Promise<Candidate[]> {
    const { candidates } = await this._client.listCandidates({
      ...this._query(),
      notebook: undefined,
      metrics: undefined,
      params: undefined,
      filter: childrenOf(id),
      limit: CHILDREN
    });
    const metric = candidates.length ? ownMetric(candidates[0]) : null;
    return metric && !this._choices.sort
      ? bestFirst(candidates, metric, this.directionOf(metric))
      : candidates;
  }

  private async _lookNow(): Promise<void> {
    const notebook = this._notebook;
    if (!notebook) {
      this._now = null;
      return;
    }
    try {
      const now = await this._client.getNow(notebook);
      if (notebook === this._notebook) {
        this._now = now;
        this.notify();
      }
    } catch {
      // The row is a help, not the list: without an answer it is not shown.
      this._now = null;
    }
  }

  private _query() {
    const named = this.columns.concat(this._choices.group ?? []);
    const pick = (kind: string) =>
      named
        .filter(column => column.startsWith(kind))
        .map(column => column.slice(kind.length));
    const primary = this.primary?.name;
    const metrics = pick('metrics.');
    if (primary && !metrics.includes(primary)) {
      metrics.unshift(primary);
    }
    return {
      experiment: this._experimentId ?? undefined,
      notebook: this._chips.has('notebook')
        ? (this._notebook ?? undefined)
        : undefined,
      filter: this.folds ? TOP_LEVEL : filterOf(this._text, this._chips),
      order_by: orderOf(this._choices.sort),
      metrics,
      params: pick('params.')
    };
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _memory: IMemory | null;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _experiments: Experiment[] | null = null;
  private _experimentId: string | null = null;
  private _follow = true;
  private _chosenFor: string | null = null;
  private _recalled: Promise<void> | null = null;
  private _rows: Candidate[] = [];
  private _children: ReadonlyMap<string, Candidate[]> = new Map();
  private _lines: Candidate[] | null = null;
  private _total = 0;
  private _nextToken: string | null = null;
  private _keys: Keys | null = null;
  private _text = '';
  private _chips: Set<Chip> = new Set();
  private _choices: IChoices = NO_CHOICES;
  private _selected: Set<string> = new Set();
  private _notebook: string | null = null;
  private _now: Now | null = null;
  private _problem: IProblem | null = null;
  private _filterProblem: IProblem | null = null;
  private _ready = false;
  private _busy = false;
  private _loadingMore = false;
  private _wanted = 0;
  private _epoch = 0;
  private _typing: number | undefined;
}

export namespace CandidatesModel {
  export interface IOptions {
    client: Client;
    live: Live;
    memory?: IMemory;
  }
}
