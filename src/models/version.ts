import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import type { RegistryModel } from './registry';
import { Sequence } from './sequence';
import type { ModelVersion } from '../api/types';

/** One version of a registered model in full. */
export class VersionModel extends Observable {
  constructor(options: VersionModel.IOptions) {
    super();
    this._registry = options.registry;
    this._live = options.live;
    this.model = options.model;
    this.number = options.version;
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  /** The model's name. */
  readonly model: string;

  /** The semantic version. */
  readonly number: string;

  /** The version, or null before the first answer. */
  get version(): ModelVersion | null {
    return this._version;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  /** All versions of the model, newest first. */
  get siblings(): readonly ModelVersion[] {
    return (
      this._registry.models?.find(item => item.name === this.model)?.versions ??
      []
    );
  }

  /** The version made before this one. */
  get before(): ModelVersion | null {
    const number = this._version?.number ?? 0;
    return (
      this.siblings
        .filter(item => item.number < number)
        .sort((a, b) => b.number - a.number)[0] ?? null
    );
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** Where a file of the version is. */
  fileUrl(path: string): string {
    return this._registry.fileUrl(this.model, this.number, path);
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'version', 'model', 'outbox')) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._version = await this._registry.version(this.model, this.number);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
      if (this._problem.code === 'not_found') {
        this._version = null;
      }
    }
    this.notify();
  }

  private readonly _registry: RegistryModel;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _version: ModelVersion | null = null;
  private _problem: IProblem | null = null;
}

export namespace VersionModel {
  export interface IOptions {
    registry: RegistryModel;
    live: Live;
    /** The model's name. */
    model: string;
    /** The semantic version. */
    version: string;
  }
}
