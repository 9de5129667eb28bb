import { UUID } from '@lumino/coreutils';

import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import type { RegisterOrigin, RegistryModel } from './registry';
import type { ModelVersion, Proposals, Registration } from '../api/types';

/** Milliseconds after the last key before a name's versions are looked up. */
const TYPING = 250;

/** What is being registered, from the proposals to the finished version. */
export class RegisterForm extends Observable {
  constructor(options: RegisterForm.IOptions) {
    super();
    this._registry = options.registry;
    this._origin = options.origin;
    void this._propose();
  }

  /** What the server proposes, or null before its answer. */
  get proposals(): Proposals | null {
    return this._proposals;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  /** The registration under way as the server tells of it; null: none, or it has not told yet. */
  get waiting(): Registration | null {
    return this._registry.waiting.find(({ id }) => id === this._id) ?? null;
  }

  /** Whether a registration is under way. */
  get registering(): boolean {
    return this._registering;
  }

  /** Index of the chosen variable among the proposals. */
  get variable(): number {
    return this._variable;
  }

  /** The model's name. */
  get name(): string {
    return this._name;
  }

  /** The version that will be made. */
  get versionText(): string {
    return this._version;
  }

  /** Whether the version is typed and none of those proposed. */
  get custom(): boolean {
    return this._custom;
  }

  /** Whether a candidate is registered, and not what a notebook's kernel holds. */
  get ofCandidate(): boolean {
    return 'candidate' in this._origin;
  }

  /** Whether everything needed is there. */
  get complete(): boolean {
    return (
      this._proposals !== null &&
      this._name.trim() !== '' &&
      this._version.trim() !== '' &&
      (this._proposals.variables.length > 0 ||
        'candidate' in this._origin ||
        !!this._proposals.candidate)
    );
  }

  override dispose(): void {
    window.clearTimeout(this._typing);
    super.dispose();
  }

  setVariable(index: number): void {
    this._variable = index;
    this.notify();
    void this._propose(this._name);
  }

  setName(name: string): void {
    this._name = name;
    this._problem = null;
    this.notify();
    window.clearTimeout(this._typing);
    this._typing = window.setTimeout(() => void this._propose(name), TYPING);
  }

  setVersion(version: string, custom = false): void {
    this._version = version;
    this._custom = custom;
    this._problem = null;
    this.notify();
  }

  /**
   * Register; the version, or null when it was refused (see `problem`) or is
   * under way already.
   */
  async submit(): Promise<ModelVersion | null> {
    if (this._registering || !this.complete) {
      return null;
    }
    this._registering = true;
    this._problem = null;
    this._id = UUID.uuid4();
    this.notify();
    // What the server tells of the registration is drawn as well.
    const redraw = () => this.notify();
    this._registry.changed.connect(redraw);
    try {
      return await this._registry.register({
        ...this._source(),
        id: this._id,
        model: this._name.trim(),
        version: this._version.trim(),
        // What was proposed and not typed may have been taken meanwhile.
        or_next: !this._custom
      });
    } catch (reason) {
      this._problem = problemOf(reason);
      return null;
    } finally {
      this._registry.changed.disconnect(redraw);
      this._registering = false;
      this.notify();
    }
  }

  /** Give up the registration under way; it is told by `problem` when it is too late. */
  async cancel(): Promise<void> {
    if (!this._registering) {
      return;
    }
    try {
      await this._registry.cancelRegistration(this._id);
    } catch (reason) {
      this._problem = problemOf(reason);
      this.notify();
    }
  }

  /** What is registered: the chosen variable, else the candidate. */
  private _source(): {
    candidate?: string;
    notebook?: string;
    variable?: string;
  } {
    const chosen = this._proposals?.variables[this._variable];
    if ('notebook' in this._origin && chosen) {
      return { notebook: this._origin.notebook, variable: chosen.variable };
    }
    const candidate =
      'candidate' in this._origin
        ? this._origin.candidate
        : (this._proposals?.candidate ?? undefined);
    return { candidate };
  }

  private async _propose(name?: string): Promise<void> {
    const index = this._variable;
    const variable = this._proposals?.variables[index]?.variable;
    try {
      const proposals = await this._registry.proposals(
        this._origin,
        name?.trim() || undefined,
        variable
      );
      if (
        this.isDisposed ||
        index !== this._variable ||
        (name !== undefined && name !== this._name)
      ) {
        return;
      }
      const place = proposals.variables.findIndex(
        each => each.variable === variable
      );
      this._variable = Math.max(0, place);
      this._proposals = proposals;
      if (name === undefined) {
        this._name = proposals.model;
      }
      if (!this._custom) {
        this._version = proposals.proposed;
      }
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _registry: RegistryModel;
  private readonly _origin: RegisterOrigin;
  private _proposals: Proposals | null = null;
  private _problem: IProblem | null = null;
  private _registering = false;
  private _id = '';
  private _variable = 0;
  private _name = '';
  private _version = '';
  private _custom = false;
  private _typing: number | undefined;
}

export namespace RegisterForm {
  export interface IOptions {
    registry: RegistryModel;
    origin: RegisterOrigin;
  }
}
