import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import type { SyncModel } from './sync';
import type { RemoteCheck, RemoteProposal, RemoteRequest } from '../api/types';

/** A connection to GitLab that is being made. The token stays in this object. */
export class ConnectForm extends Observable {
  constructor(private readonly _sync: SyncModel) {
    super();
    void this._propose();
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

  set(change: { url?: string; project?: string; token?: string }): void {
    this._url = change.url ?? this._url;
    this._project = change.project ?? this._project;
    this._token = change.token ?? this._token;
    this._check = null;
    this._problem = null;
    this.notify();
  }

  /** Try the connection without keeping it; whether it works. */
  async verify(): Promise<boolean> {
    if (!this._url.trim() || !this._project.trim()) {
      return false;
    }
    return this._run(async () => {
      this._check = await this._sync.check(this._request());
      return this._check.ok;
    });
  }

  /** Check and keep the connection; whether that worked. */
  async submit(): Promise<boolean> {
    if (!this._url.trim() || !this._project.trim()) {
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
      url: this._url.trim(),
      project: this._project.trim(),
      ...(this._token ? { token: this._token } : {})
    };
  }

  private async _propose(): Promise<void> {
    try {
      const { proposal } = await this._sync.remotes();
      this._proposal = proposal;
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
  private _proposal: RemoteProposal | null = null;
  private _check: RemoteCheck | null = null;
  private _busy = false;
  private _problem: IProblem | null = null;
}
