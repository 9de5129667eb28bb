import type { IChanges, Live } from './live';
import { concerns } from './live';
import { numberOf } from './measure';
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
    this.registry = options.registry;
    this._live = options.live;
    this.model = options.model;
    this.number = options.version;
    this._live.changed.connect(this._onLive, this);
    void this.refresh();
  }

  /** All registered models. */
  readonly registry: RegistryModel;

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
      this.registry.models?.find(item => item.name === this.model)?.versions ??
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

  /** Names of metrics that any version has, those of this version first. */
  get sharedMetrics(): string[] {
    const mine = Object.keys(this._version?.metrics ?? {}).sort();
    const others = this.siblings.flatMap(({ metrics }) => Object.keys(metrics));
    return [...new Set([...mine, ...others.sort()])];
  }

  /** A metric of every version, the oldest first. */
  history(metric: string): { version: string; value: number | null }[] {
    return [...this.siblings]
      .sort((a, b) => a.number - b.number)
      .map(({ version, metrics }) => ({
        version,
        value: numberOf(metrics[metric]?.last)
      }));
  }

  /** The version that an alias stands for now; null: none. */
  versionOf(alias: string): string | null {
    const model = this.registry.models?.find(({ name }) => name === this.model);
    return model?.aliases[alias] ?? null;
  }

  /** Have exactly these aliases; one that another version has moves here. */
  async setAliases(aliases: string[]): Promise<void> {
    await this.registry.setAliases(this.model, this.number, aliases);
    await this.refresh();
  }

  /** Where all files of the version are, as one zip. */
  get archiveUrl(): string {
    return this.registry.archiveUrl(this.model, this.number);
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
    return this.registry.fileUrl(this.model, this.number, path);
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'version', 'model', 'outbox')) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      this._version = await this.registry.version(this.model, this.number);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
      if (this._problem.code === 'not_found') {
        this._version = null;
      }
    }
    this.notify();
  }

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
