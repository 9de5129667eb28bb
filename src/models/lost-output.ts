import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type { ExecutionOutputs, RecordedOutput } from '../api/types';

/** What a cell shows of its last execution. */
export interface IShownCell {
  id: string;
  source: string;
  executionCount: number | null;
  outputs: number;
  running: boolean;
}

/**
 * The recorded executions whose output a notebook does not show.
 *
 * Only cells that stand as they were opened are looked at: what somebody ran
 * or cleared since is newer. A cell that shows another execution counts when
 * the notebook was saved before the recorded one ended.
 */
export function lostOutputs(
  shown: readonly IShownCell[],
  opened: readonly IShownCell[],
  recorded: readonly RecordedOutput[],
  savedTime: number
): RecordedOutput[] {
  const cells = new Map(shown.map(cell => [cell.id, cell]));
  const before = new Map(opened.map(cell => [cell.id, cell]));
  return recorded.filter(item => {
    const cell = cells.get(item.cell_id);
    const old = before.get(item.cell_id);
    if (
      !cell ||
      !old ||
      cell.running ||
      cell.executionCount !== old.executionCount ||
      cell.outputs !== old.outputs ||
      cell.source.trimEnd() !== item.source.trimEnd()
    ) {
      return false;
    }
    if (cell.executionCount === item.execution_count) {
      return cell.outputs === 0;
    }
    return cell.executionCount === null || item.ended_time > savedTime;
  });
}

/**
 * Output of one open notebook that arrived while nobody was connected.
 *
 * The server is asked when the notebook opens, when its kernel is connected
 * again, and until the run that went on then is over.
 */
export class LostOutputModel extends Observable {
  constructor(private readonly _options: LostOutputModel.IOptions) {
    super();
    this._path = _options.path;
    _options.live.changed.connect(this._onLive, this);
  }

  /** Executions whose output the notebook does not show. */
  get lost(): readonly RecordedOutput[] {
    return this._lost;
  }

  set path(path: string) {
    this._path = path;
  }

  override dispose(): void {
    this._options.live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  /** The cells are there, as they were saved at a time (ms since the epoch). */
  open(savedTime: number): Promise<void> {
    this._savedTime = savedTime;
    this._opened = this._options.cells();
    return this.look();
  }

  /** Ask the server. */
  look(): Promise<void> {
    return this._looks.run();
  }

  /** What may still be put back: cells that changed meanwhile are left out. */
  present(): RecordedOutput[] {
    const shown = this._options.cells();
    return lostOutputs(shown, this._opened, this._lost, this._savedTime);
  }

  /** Look at the cells again: some were run, edited or filled. */
  update(): void {
    const present = this.present();
    if (present.length !== this._lost.length) {
      this._lost = present;
      this.notify();
    }
  }

  /** The outputs of an execution. */
  outputs(id: string): Promise<ExecutionOutputs> {
    return this._options.client.getExecutionOutputs(id);
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (this._goesOn && concerns(changes, 'notebook_run')) {
      void this.look();
    }
  }

  private async _look(): Promise<void> {
    const { client } = this._options;
    const path = this._path;
    try {
      // In this order: a run that ends in between is found the next time.
      const { recording } = await client.getRecording(path);
      this._lost = await client.listRecordedOutputs(path);
      this._goesOn = recording;
    } catch {
      return; // without the server nothing can be brought back
    }
    this._lost = this.present();
    this.notify();
  }

  private readonly _looks = new Sequence(() => this._look());
  private _opened: readonly IShownCell[] = [];
  private _savedTime = 0;
  private _path: string;
  private _lost: readonly RecordedOutput[] = [];
  private _goesOn = false;
}

export namespace LostOutputModel {
  export interface IOptions {
    client: Client;
    live: Live;
    /** The notebook's path, as the contents service names it. */
    path: string;
    /** The code cells as they stand now. */
    cells: () => IShownCell[];
  }
}
