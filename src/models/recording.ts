import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { CellCandidates, Recording } from '../api/types';

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

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'candidate', 'notebook_run')) {
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
  export interface IOptions {
    client: Client;
    live: Live;
    /** The notebook's path, as the contents service names it. */
    path: string;
  }
}
