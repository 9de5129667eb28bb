import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import type { IDryRun, SyncModel } from './sync';
import type {
  Remote,
  RemoteCheck,
  RemoteProposal,
  RemoteRequest
} from '../api/types';

/** The remote of a first connection. */
const FIRST = 'default';

/** A connection to GitLab that is being made. The token stays in this object. */
export class ConnectForm extends Observable {
  /**
   * @param sync - The connections.
   * @param remote - A connected project that gets another token; else a
   *   new connection is made.
   */
  constructor(
    private readonly _sync: SyncModel,
    readonly remote: Remote | null = null
  ) {
    super();
    if (remote) {
      this._url = remote.url;
      this._project = remote.project;
      this._name = remote.name;
    } else {
      void this._propose();
    }
  }

  /** What the connection is called. */
  get name(): string {
    return this._name;
  }

  /** Whether it needs a name: another project is connected already. */
  get needsName(): boolean {
    return !this.remote && this._taken.length > 0;
  }

  /** Whether its name is another connection's. */
  get nameTaken(): boolean {
    return this._taken.includes(this._name.trim());
  }

  /** What would be pushed, once the connection was found to work. */
  get dryRun(): IDryRun | null {
    return this._dryRun;
  }

  get url(): string {
    return this._url;
  }

  get project(): string {
    return this._project;
  }

  get token(): string {
    return this._token;
  }

  /** What the server would connect to, or null before its answer. */
  get proposal(): RemoteProposal | null {
    return this._proposal;
  }

  /** What the last check found. */
  get check(): RemoteCheck | null {
    return this._check;
  }

  get busy(): boolean {
    return this._busy;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  /** Where a token with the right scopes is made. */
  get tokenPage(): string | null {
    if (this._check?.token_page ?? this._proposal?.token_page) {
      return this._check?.token_page ?? this._proposal?.token_page ?? null;
    }
    const url = this._url.trim().replace(/\/+$/, '');
    return /^https?:\/\/.+/.test(url)
      ? `${url}/-/user_settings/personal_access_tokens?name=jupyterlab-mlops&scopes=api`
      : null;
  }

  set(change: {
    url?: string;
    project?: string;
    token?: string;
    name?: string;
  }): void {
    this._name = change.name ?? this._name;
    this._url = change.url ?? this._url;
    this._project = change.project ?? this._project;
    this._token = change.token ?? this._token;
    this._check = null;
    this._dryRun = null;
    this._problem = null;
    this.notify();
  }

  /** Try the connection without keeping it; whether it works. */
  async verify(): Promise<boolean> {
    if (!this._isComplete()) {
      return false;
    }
    return this._run(async () => {
      this._check = await this._sync.check(this._request());
      this.notify();
      if (this._check.ok && !this.remote) {
        this._dryRun = await this._sync.dryRun();
      }
      return this._check.ok;
    });
  }

  /** Check and keep the connection; whether that worked. */
  async submit(): Promise<boolean> {
    if (!this._isComplete()) {
      return false;
    }
    return this._run(async () => {
      this._check = await this._sync.check(this._request());
      if (!this._check.ok) {
        return false;
      }
      await this._sync.connect(this._request());
      return true;
    });
  }

  private _isComplete(): boolean {
    return (
      !!this._url.trim() &&
      !!this._project.trim() &&
      !!this._name.trim() &&
      !this.nameTaken
    );
  }

  private async _run(task: () => Promise<boolean>): Promise<boolean> {
    if (this._busy) {
      return false;
    }
    this._busy = true;
    this._problem = null;
    this.notify();
    try {
      return await task();
    } catch (reason) {
      this._problem = problemOf(reason);
      return false;
    } finally {
      this._busy = false;
      this.notify();
    }
  }

  private _request(): RemoteRequest {
    return {
      name: this._name.trim(),
      url: this._url.trim(),
      project: this._project.trim(),
      ...(this._token ? { token: this._token } : {})
    };
  }

  private async _propose(): Promise<void> {
    try {
      const { proposal, remotes } = await this._sync.remotes();
      this._proposal = proposal;
      this._taken = remotes.map(remote => remote.name);
      if (this._taken.includes(this._name)) {
        this._name = '';
      }
      if (remotes.some(({ project }) => project === proposal.project)) {
        proposal.project = null;
      }
      this._url ||= proposal.url ?? 'https://gitlab.com';
      this._project ||= proposal.project ?? '';
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private _url = '';
  private _project = '';
  private _token = '';
  private _name = FIRST;
  private _taken: readonly string[] = [];
  private _dryRun: IDryRun | null = null;
  private _proposal: RemoteProposal | null = null;
  private _check: RemoteCheck | null = null;
  private _busy = false;
  private _problem: IProblem | null = null;
}
