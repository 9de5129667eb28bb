import type { IChanges, Live } from './live';
import { concerns } from './live';
import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import { Sequence } from './sequence';
import type { Client } from '../api/client';
import type {
  Model,
  ModelVersion,
  Proposals,
  RegisterRequest,
  Registration
} from '../api/types';

/** From what a model is registered. */
export type RegisterOrigin =
  { candidate: string } | { notebook: string; cell_id?: string };

/** Registered models and their versions. */
export class RegistryModel extends Observable {
  constructor(options: RegistryModel.IOptions) {
    super();
    this._client = options.client;
    this._live = options.live;
    this._live.changed.connect(this._onLive, this);
  }

  /** Models, or null before the first answer. */
  get models(): readonly Model[] | null {
    return this._models;
  }

  /** Registrations that wait for a kernel or are being stored, the oldest first. */
  get waiting(): readonly Registration[] {
    return this._waiting;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  override dispose(): void {
    this._live.changed.disconnect(this._onLive, this);
    super.dispose();
  }

  refresh(): Promise<void> {
    return this._refreshes.run();
  }

  /** What can be registered, most likely first; versions and checks are those of `variable`. */
  proposals(
    origin: RegisterOrigin,
    model?: string,
    variable?: string
  ): Promise<Proposals> {
    return this._client.getProposals({ ...origin, model, variable });
  }

  /** Give up a registration that waits for its kernel. */
  async cancelRegistration(id: string): Promise<void> {
    await this._client.cancelRegistration(id);
    await this.refresh();
  }

  /** Have a version that was refused loaded back once more. */
  async checkVersion(model: string, version: string): Promise<void> {
    await this._client.checkModelVersion(model, version);
    await this.refresh();
  }

  /** Register a version; resolves when its files are complete. */
  async register(body: RegisterRequest): Promise<ModelVersion> {
    const version = await this._client.register(body);
    await this.refresh();
    return version;
  }

  /** A version with its card, files and snippets. */
  version(model: string, version: string): Promise<ModelVersion> {
    return this._client.getModelVersion(model, version);
  }

  /** Where a file of a version is. */
  fileUrl(model: string, version: string, path: string): string {
    return this._client.versionArtifactUrl(model, version, path);
  }

  /** Where all files of a version are, as one zip. */
  archiveUrl(model: string, version: string): string {
    return this._client.versionArchiveUrl(model, version);
  }

  async setAliases(
    model: string,
    version: string,
    aliases: string[]
  ): Promise<void> {
    await this._client.updateModelVersion(model, version, { aliases });
    await this.refresh();
  }

  async removeVersion(model: string, version: string): Promise<void> {
    await this._client.deleteModelVersion(model, version);
    await this.refresh();
  }

  async removeModel(model: string): Promise<void> {
    await this._client.deleteModel(model);
    await this.refresh();
  }

  private _onLive(_: Live, changes: IChanges): void {
    if (concerns(changes, 'model', 'version', 'outbox', 'registration')) {
      void this.refresh();
    }
  }

  private async _refresh(): Promise<void> {
    try {
      [this._models, this._waiting] = await Promise.all([
        this._client.listModels(),
        this._client.listRegistrations()
      ]);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _client: Client;
  private readonly _live: Live;
  private readonly _refreshes = new Sequence(() => this._refresh());
  private _models: Model[] | null = null;
  private _waiting: Registration[] = [];
  private _problem: IProblem | null = null;
}

export namespace RegistryModel {
  export interface IOptions {
    client: Client;
    live: Live;
  }
}
