import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type {
  CandidateDetail,
  CellCandidates,
  NotebookRun,
  Recording
} from '../api/types';

/** What is recorded of one open notebook, and which of its cells gave candidates. */
export class RecordingModel extends Observable {
  constructor(options: RecordingModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._path = options.path;
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  /** The notebook's path; a rename is followed. */
  get path(): string {
    return this._path;
  }

  set path(path: string) {
    if (path !== this._path) {
      this._path = path;
      void this.refresh();
    }
  }

  /** What is recorded, or null while nobody has said. */
  get recording(): Recording | null {
    return this._recording;
  }

  /** Cells that produced candidates, by cell id. */
  get cells(): Readonly<Record<string, CellCandidates>> {
    return this._cells;
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** Pause or resume. */
  async setPaused(paused: boolean): Promise<void> {
    this._recording = await this._client.setRecording(this._path, { paused });
    this.notify();
  }

  /** Record under another experiment from now on. */
  async setExperiment(experiment: string): Promise<void> {
    this._recording = await this._client.setRecording(this._path, {
      experiment
    });
    this.notify();
  }

  /** The last notebook run, or the one that goes on, and its candidates. */
  async lastRun(): Promise<RecordingModel.ILastRun | null> {
    const [run] = await this._client.listNotebookRuns({
      notebook: this._path,
      limit: 1
    });
    if (!run) {
      return null;
    }
    const candidates = await Promise.all(
      run.candidates.map(id => this._client.getCandidate(id))
    );
    return { run, candidates: candidates.filter(item => !item.parent) };
  }

  async nameCandidate(id: string, name: string): Promise<void> {
    await this._client.updateCandidate(id, { name });
  }

  /** Forget a notebook run; its candidates are deleted. */
  async discard(run: string): Promise<void> {
    await this._client.deleteNotebookRun(run);
    await this.refresh();
  }

  /** Take candidates out of the bin. */
  async restore(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map(id => this._client.restoreCandidate(id)));
    await this.refresh();
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'candidate', 'notebook_run', 'recording')) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    const path = this._path;
    const [recording, cells] = await Promise.all([
      this._client.getRecording(path).catch(() => null),
      this._client.getNotebookCells(path).catch(() => ({}))
    ]);
    if (path === this._path) {
      this._recording = recording;
      this._cells = cells;
      this.notify();
    }
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _path: string;
  private _recording: Recording | null = null;
  private _cells: Record<string, CellCandidates> = {};
}

export namespace RecordingModel {
  /** A notebook run and the candidates that are nobody's part. */
  export interface ILastRun {
    run: NotebookRun;
    candidates: CandidateDetail[];
  }

  export interface IOptions {
    client: Client;
    live: Live;
    /** The notebook's path, as the contents service names it. */
    path: string;
  }
}
