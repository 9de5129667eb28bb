import type { IChoices, IMemory } from './choices';
import { Choices } from './choices';
import { CurrentExperiment } from './current-experiment';
import type { IChanges, Live } from './live';
import { concerns } from './live';
import type { Direction } from './measure';
import { bestFirst, ownMetric } from './measure';
import { Observable } from './observable';
import type { IRange, ListQuery } from './pages';
import { FIRST, Pages } from './pages';
import type { IProblem } from './problem';
import { filterProblemOf, problemOf } from './problem';
import type { Chip } from './query';
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

/** Children of one candidate that are shown at most. */
const CHILDREN = 200;
/** Columns that are chosen by themselves, at most. */
const AUTOMATIC = 8;
/** Names of each kind that are known without a search. */
const NAMES = 200;
/** Milliseconds after the last key before a search is sent. */
const TYPING = 150;
/** Milliseconds after the last edit before the notebook is compared. */
const EDITING = 500;
/** What the cells of a notebook say that is not there yet. */
const NO_SOURCES = (): readonly string[] | null => null;

/** The candidates of an experiment: what is listed, searched and selected. */
export class CandidatesModel extends Observable {
  constructor(options: CandidatesModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._choices = new Choices(options.memory ?? null);
    this._current = new CurrentExperiment(options.memory ?? null);
    this._pages = new Pages(
      query => this._client.listCandidates(query),
      () => this._rowsChanged()
    );
    this._live.changed.connect(this._onLive, this);
  }

  /** All experiments, most recently used first; null before the first answer. */
  get experiments(): readonly Experiment[] | null {
    return this._experiments;
  }

  /** The experiment that is shown; null: all. */
  get experiment(): Experiment | null {
    return (
      this._experiments?.find(item => item.id === this._current.id) ?? null
    );
  }

  /** Every line of the list: a candidate, or a hole where it has not come yet; children follow an unfolded parent. */
  get lines(): readonly (Candidate | undefined)[] {
    this._lines ??= this._children.size
      ? this._pages.rows.flatMap(row => [
          row,
          ...((row && this._children.get(row.id)) ?? [])
        ])
      : this._pages.rows;
    return this._lines;
  }

  /** The candidates among the lines. */
  get rows(): readonly Candidate[] {
    this._shown ??= this._children.size
      ? this.lines.filter(row => row !== undefined)
      : this._pages.loaded;
    return this._shown;
  }

  /** How many lines there are. */
  get total(): number {
    return this.lines.length;
  }

  /** How many candidates the list has, children of others not counted. */
  get count(): number {
    return this._pages.rows.length;
  }

  /** Grows whenever another question is asked: what was scrolled to is no longer there. */
  get question(): number {
    return this._question;
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
    return this._choices.current;
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
  get primary(): { name: string; direction: Direction } | null {
    const chosen = this.choices.primary;
    if (chosen) {
      return { name: chosen, direction: this.directionOf(chosen) };
    }
    return this._keys?.primary_metric ?? null;
  }

  /** Columns in order: those chosen, else the automatic ones. */
  get columns(): string[] {
    if (this.choices.columns) {
      return this.choices.columns;
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

  /** Which way a metric is better; null: neither way. */
  directionOf(metric: string): Direction {
    const told = this._pages.directions[metric];
    const key = this._keys?.metrics.find(item => item.name === metric);
    return told !== undefined ? told : (key?.direction ?? null);
  }

  override dispose(): void {
    window.clearTimeout(this._typing);
    window.clearTimeout(this._editing);
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  /** Show another experiment; null: all. */
  async setExperiment(id: string | null): Promise<void> {
    if (id === this._current.id) {
      return;
    }
    this._current.choose(id, this._notebook);
    await this._another();
    this._ready = false;
    this.notify();
    await this.refresh();
  }

  /**
   * Tell which notebook is in front: its experiment is shown, until another
   * one is chosen beside that notebook.
   *
   * @param sources - the sources of its code cells as they read when called; null: not yet.
   */
  async setNotebook(path: string | null, sources = NO_SOURCES): Promise<void> {
    this._sources = sources;
    if (path === this._notebook) {
      return;
    }
    await this._recall();
    this._notebook = path;
    this._current.follow(path);
    this._now = null;
    this.notify();
    if (this._current.follows || this._chips.has('notebook')) {
      await this.refresh();
    } else {
      await this._lookNow();
    }
  }

  /** The notebook in front was edited; looked at when typing pauses. */
  noteEdit(): void {
    window.clearTimeout(this._editing);
    this._editing = window.setTimeout(() => void this._lookNow(), EDITING);
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
    const first = metric ? this.directionOf(metric) !== 'min' : false;
    const { sort } = this.choices;
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
    this._choices.change(change);
    this.notify();
    if (change.sort !== undefined || change.group !== undefined) {
      void this._restart();
    } else if (
      change.columns !== undefined ||
      change.primary !== undefined ||
      change.aggregates !== undefined
    ) {
      void this.refresh();
    }
  }

  /** Tick or untick all rows from the one that was last ticked to this one. */
  toggleSelectedTo(id: string, on: boolean): void {
    const ids = this.rows.map(row => row.id);
    const [from, to] = [ids.indexOf(this._lastTicked ?? id), ids.indexOf(id)];
    if (from < 0 || to < 0) {
      this.toggleSelected(id, on);
      return;
    }
    const selected = new Set(this._selected);
    for (const each of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (on) {
        selected.add(each);
      } else {
        selected.delete(each);
      }
    }
    this._lastTicked = id;
    this.select(selected);
  }

  /** Tick or untick; `on` absent: the other way. */
  toggleSelected(id: string, on = !this._selected.has(id)): void {
    this._lastTicked = id;
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
    this._rowsChanged();
  }

  /** Lines that a view shows: they are loaded first, and again when something has changed. */
  async ensure(inSight: IRange): Promise<void> {
    this._inSight = this._placesOf(inSight);
    try {
      await this._pages.ensure(this._inSight);
    } catch (reason) {
      this._problem = problemOf(reason);
      this.notify();
    }
  }

  /** Load the rest of the list, in the pauses: a view may be scrolled or grouped. */
  async fill(): Promise<void> {
    try {
      await this._pages.fill(pause);
    } catch (reason) {
      this._problem = problemOf(reason);
      this.notify();
    }
  }

  /** Names of metrics, params and tags that contain a text: more than {@link keys} may hold. */
  searchKeys(text: string): Promise<Keys> {
    return this._client.listKeys({
      experiment: this._current.id ?? undefined,
      search: text,
      limit: NAMES
    });
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
    this._pages.patch(patched);
    this._children = new Map(
      [...this._children].map(([parent, rows]) => [parent, rows.map(patched)])
    );
    this._rowsChanged();
  }

  private _rowsChanged(): void {
    this._lines = null;
    this._shown = null;
    this.notify();
  }

  /** Places among the rows of lines, children not counted. */
  private _placesOf({ first, last }: IRange): IRange {
    if (!this._children.size) {
      return { first, last };
    }
    const parents = this.lines.map(line => !this._isShownChild(line));
    const before = (line: number) =>
      Math.max(0, parents.slice(0, line + 1).filter(Boolean).length - 1);
    return { first: before(first), last: before(last) };
  }

  private _isShownChild(line: Candidate | undefined): boolean {
    return !!line?.parent && this._children.has(line.parent);
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
    this._fromTheTop();
    this.notify();
    await this.refresh();
  }

  private _fromTheTop(): void {
    this._inSight = TOP;
    this._question += 1;
  }

  /** Another experiment is shown: nothing of the one before stays. */
  private async _another(): Promise<void> {
    this._pages.clear();
    this._children = new Map();
    this._lines = null;
    this._shown = null;
    this._keys = null;
    this._selected = new Set();
    this._fromTheTop();
    await this._choices.recall(this._current.id);
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

  /** At the start: what was chosen before the page was left. */
  private _recall(): Promise<void> {
    this._recalled ??= this._current
      .recall()
      .then(() => this._choices.recall(this._current.id));
    return this._recalled;
  }

  private async _lookExperiments(): Promise<void> {
    await this._recall();
    this._experiments = await this._client.listExperiments();
    if (this._current.settle(this._experiments, this._notebook)) {
      await this._another();
    }
  }

  private async _lookRows(): Promise<void> {
    const experiment = this._current.id;
    const keys = await this._client.listKeys({
      experiment: experiment ?? undefined,
      limit: NAMES
    });
    if (experiment !== this._current.id) {
      return;
    }
    this._keys = keys;
    try {
      await this._pages.load(this._query(), this._inSight);
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
      ? this._pages.loaded.filter(
          row => this._children.has(row.id) && row.children
        )
      : [];
    const children = await Promise.all(
      unfolded.map(
        async row => [row.id, await this._lookChildren(row.id)] as const
      )
    );
    if (experiment === this._current.id) {
      this._children = new Map(children);
      this._lines = null;
      this._shown = null;
    }
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
    return metric && !this.choices.sort
      ? bestFirst(candidates, metric, this.directionOf(metric))
      : candidates;
  }

  private async _lookNow(): Promise<void> {
    const notebook = this._notebook;
    const sources = this._sources();
    if (!notebook || !sources) {
      this._now = null;
      return;
    }
    try {
      const now = await this._client.compareNow(notebook, sources);
      if (notebook === this._notebook) {
        this._now = now;
        this.notify();
      }
    } catch {
      // The row is a help, not the list: without an answer it is not shown.
      this._now = null;
    }
  }

  private _query(): ListQuery {
    const named = this.columns.concat(this.choices.group ?? []);
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
      experiment: this._current.id ?? undefined,
      notebook: this._chips.has('notebook')
        ? (this._notebook ?? undefined)
        : undefined,
      filter: this.folds ? TOP_LEVEL : filterOf(this._text, this._chips),
      order_by: orderOf(this.choices.sort),
      order_value: this._sortedValue(),
      metrics,
      params: pick('params.'),
      tags: pick('tags.')
    };
  }

  /** The value of a series that its column shows is the one that rows are sorted by. */
  private _sortedValue(): 'min' | 'max' | undefined {
    const key = this.choices.sort?.key ?? '';
    const metric = key.startsWith('metrics.') ? key.slice(8) : null;
    const aggregate = metric && this.choices.aggregates[metric];
    if (!metric || !aggregate || aggregate === 'last') {
      return undefined;
    }
    return aggregate === 'best'
      ? (this.directionOf(metric) ?? undefined)
      : aggregate;
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _choices: Choices;
  private readonly _current: CurrentExperiment;
  private readonly _pages: Pages;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _experiments: Experiment[] | null = null;
  private _recalled: Promise<void> | null = null;
  private _children: ReadonlyMap<string, Candidate[]> = new Map();
  private _lines: readonly (Candidate | undefined)[] | null = null;
  private _shown: readonly Candidate[] | null = null;
  private _keys: Keys | null = null;
  private _text = '';
  private _chips: Set<Chip> = new Set();
  private _selected: Set<string> = new Set();
  private _lastTicked: string | null = null;
  private _notebook: string | null = null;
  private _now: Now | null = null;
  private _problem: IProblem | null = null;
  private _filterProblem: IProblem | null = null;
  private _ready = false;
  private _busy = false;
  private _inSight: IRange = TOP;
  private _question = 0;
  private _typing: number | undefined;
  private _editing: number | undefined;
  private _sources = NO_SOURCES;
}

const TOP: IRange = { first: 0, last: FIRST - 1 };

/** Let the page draw and the person act before more is loaded. */
function pause(): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, 30));
}

export namespace CandidatesModel {
  export interface IOptions {
    client: Client;
    live: Live;
    memory?: IMemory;
  }
}
