import type { Row } from './children';
import type { IChoices, IMemory } from './choices';
import { Choices, nextSort } from './choices';
import { CurrentExperiment } from './current-experiment';
import { Edits } from './edits';
import { Filter } from './filter';
import { Lines } from './lines';
import { columnsOf, listQuery } from './list-query';
import type { IChanges, Live } from './live';
import { concerns } from './live';
import type { Direction } from './measure';
import { bestFirst, ownMetric } from './measure';
import { Names } from './names';
import type { Sources } from './notebook-in-front';
import { NotebookInFront } from './notebook-in-front';
import { Observable } from './observable';
import type { IRange, ListQuery } from './pages';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { childrenOf } from './query';
import { Selection } from './selection';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { Candidate, Experiment, Keys, Now } from '../api/types';

/** Children of one candidate that are shown at most. */
const CHILDREN = 200;

/** The candidates of an experiment: what is listed, searched and selected. */
export class CandidatesModel extends Observable {
  /** What narrows the list. */
  readonly filter: Filter;

  /** Which candidates are ticked. */
  readonly selection = new Selection(
    () => this.rows,
    () => this.notify()
  );

  /** Changes of candidates. */
  readonly edits: Edits;

  constructor(options: CandidatesModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._choices = new Choices(options.memory ?? null);
    this._current = new CurrentExperiment(options.memory ?? null);
    this._names = new Names(this._client);
    this.filter = new Filter(
      () => void this._restart(),
      () => this.notify()
    );
    this._lines = new Lines({
      ask: query => this._client.listCandidates(query),
      askChildren: id => this._askChildren(id),
      changed: () => this.notify()
    });
    this.edits = new Edits({
      client: this._client,
      patch: change => this._lines.patch(change),
      left: ids => this.selection.drop(ids),
      refresh: () => this.refresh()
    });
    this._notebook = new NotebookInFront(this._client, () => this.notify());
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
  get lines(): readonly Row[] {
    return this._lines.all;
  }

  /** The candidates among the lines. */
  get rows(): readonly Candidate[] {
    return this._lines.candidates;
  }

  /** How many lines there are. */
  get total(): number {
    return this.lines.length;
  }

  /** How many candidates the list has, children of others not counted. */
  get count(): number {
    return this._lines.count;
  }

  /** How many of them have come. */
  get loaded(): number {
    return this._lines.loaded;
  }

  /** Grows whenever another question is asked: what was scrolled to is no longer there. */
  get question(): number {
    return this._lines.question;
  }

  /** Whether a candidate's children are shown. */
  isUnfolded(id: string): boolean {
    return this._lines.isUnfolded(id);
  }

  /** The names of metrics, params and tags of the experiment. */
  get keys(): Keys | null {
    return this._names.keys;
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

  get choices(): Readonly<IChoices> {
    return this._choices.current;
  }

  /** The open notebook's path; null: none is open. */
  get notebook(): string | null {
    return this._notebook.path;
  }

  /** How the open notebook differs from its latest candidate. */
  get now(): Now | null {
    return this._notebook.now;
  }

  /** The metric that is shown first, and which way is better. */
  get primary(): { name: string; direction: Direction } | null {
    const chosen = this.choices.primary;
    if (chosen) {
      return { name: chosen, direction: this.directionOf(chosen) };
    }
    return this.keys?.primary_metric ?? null;
  }

  /** Columns in order: those chosen, else the automatic ones. */
  get columns(): string[] {
    return columnsOf(this.choices, this.keys, this.primary?.name ?? null);
  }

  /** Which way a metric is better; null: neither way. */
  directionOf(metric: string): Direction {
    const told = this._lines.directions[metric];
    return told !== undefined ? told : this._names.directionOf(metric);
  }

  override dispose(): void {
    this.filter.stop();
    this._notebook.dispose();
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  /** Show another experiment; null: all. */
  async setExperiment(id: string | null): Promise<void> {
    if (id === this._current.id) {
      return;
    }
    this._current.choose(id, this.notebook);
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
  async setNotebook(path: string | null, sources?: Sources): Promise<void> {
    if (path === this.notebook) {
      this._notebook.set(path, sources);
      return;
    }
    await this._recall();
    this._notebook.set(path, sources);
    this._current.follow(path);
    this.notify();
    if (this._current.follows || this.filter.chips.has('notebook')) {
      await this.refresh();
    } else {
      await this._notebook.look();
    }
  }

  /** The notebook in front was edited. */
  noteEdit(): void {
    this._notebook.noteEdit();
  }

  /** List what was deleted, or what was not. */
  setBin(on: boolean): void {
    if (on !== this.filter.bin) {
      this.selection.set([]);
      this.filter.setBin(on);
    }
  }

  /** Sort by a key: first the useful way, then the other, then not at all. */
  sortBy(key: string): void {
    const metric = key.startsWith('metrics.') ? key.slice(8) : null;
    const descending = metric ? this.directionOf(metric) !== 'min' : false;
    this.choose({ sort: nextSort(this.choices.sort, { key, descending }) });
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
      void this._askRows();
    }
  }

  /** Tick every candidate of the list, those that have not come yet too, once they have. */
  async selectAll(): Promise<void> {
    this.selection.set(this.rows.map(row => row.id));
    const { question } = this;
    await this.fill({ all: true });
    if (question === this.question) {
      this.selection.set(this.rows.map(row => row.id));
    }
  }

  /** Show or hide a candidate's children; nothing where they are not below their parents. */
  async setUnfolded(id: string, on: boolean): Promise<void> {
    if (this.filter.folds) {
      await this._orProblem(this._lines.setUnfolded(id, on));
    }
  }

  /** Lines that a view shows: they are loaded first, and again when something has changed. */
  ensure(inSight: IRange): Promise<void> {
    return this._orProblem(this._lines.ensure(inSight));
  }

  /**
   * Load the rest of the list, in the pauses: a view may be scrolled or grouped.
   *
   * @param how - `all`: however long the list is, for what is done to every row.
   */
  fill(how: { all?: boolean } = {}): Promise<void> {
    return this._orProblem(this._lines.fill(how));
  }

  /** Names of metrics, params and tags that contain a text: more than {@link keys} may hold. */
  searchKeys(text: string): Promise<Keys> {
    return this._names.search(this._current.id, text);
  }

  /** Look again: experiments, keys and the rows in sight. */
  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** Do it, or tell why it cannot be done. */
  private async _orProblem(done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch (reason) {
      this._problem = problemOf(reason);
      this.notify();
    }
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
    this._lines.fromTheTop();
    await this._askRows();
  }

  /** Only the rows again: nothing else depends on what was chosen. Whoever asks last is answered. */
  private async _askRows(): Promise<void> {
    const asking = ++this._asking;
    this._busy = true;
    this.notify();
    try {
      await this._lookRows();
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    } finally {
      if (asking === this._asking) {
        this._busy = this._refreshing;
      }
      this.notify();
    }
  }

  /** Another experiment is shown: nothing of the one before stays. */
  private async _another(): Promise<void> {
    this._lines.clear();
    this._names.clear();
    this.selection.set([]);
    await this._choices.recall(this._current.id);
  }

  private async _refresh(): Promise<void> {
    this._refreshing = true;
    this._busy = true;
    this.notify();
    try {
      await this._lookExperiments();
      await Promise.all([
        this._lookNames().then(() => this._lookRows()),
        this._notebook.look()
      ]);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    } finally {
      this._refreshing = false;
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
    if (this._current.settle(this._experiments, this.notebook)) {
      await this._another();
    }
  }

  private _lookNames(): Promise<void> {
    const { id } = this._current;
    return this._names.look(id, () => id !== this._current.id);
  }

  private async _lookRows(): Promise<void> {
    const query = this._query();
    try {
      if (await this._lines.load(query, this.filter.folds)) {
        this.filter.accepted();
      }
    } catch (reason) {
      if (!this.filter.refused(reason, query.filter)) {
        throw reason;
      }
    }
  }

  /** The children of a candidate, the best first unless another order was chosen. */
  private async _askChildren(id: string): Promise<Candidate[]> {
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

  private _query(): ListQuery {
    return listQuery({
      experiment: this._current.id,
      notebook: this.notebook,
      text: this.filter.text,
      chips: this.filter.chips,
      bin: this.filter.bin,
      choices: this.choices,
      columns: this.columns,
      primary: this.primary?.name ?? null,
      directionOf: metric => this.directionOf(metric)
    });
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _choices: Choices;
  private readonly _current: CurrentExperiment;
  private readonly _names: Names;
  private readonly _lines: Lines;
  private readonly _notebook: NotebookInFront;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _experiments: Experiment[] | null = null;
  private _recalled: Promise<void> | null = null;
  private _problem: IProblem | null = null;
  private _ready = false;
  private _busy = false;
  private _refreshing = false;
  private _asking = 0;
}

export namespace CandidatesModel {
  export interface IOptions {
    client: Client;
    live: Live;
    memory?: IMemory;
  }
}
