import type { ServerConnection } from '@jupyterlab/services';
import type { Query } from './request';
import { RequestError, apiUrl, request } from './request';
import type * as T from './types';

/** The panel's API, one method an operation of openapi.yaml. */
export class Client {
  constructor(readonly settings: ServerConnection.ISettings) {}

  /* Experiments and candidates */

  async listExperiments(): Promise<T.Experiment[]> {
    const { experiments } = await this._get<{ experiments: T.Experiment[] }>([
      'experiments'
    ]);
    return experiments;
  }

  updateExperiment(id: string, name: string): Promise<T.Experiment> {
    return this._send('PATCH', ['experiments', id], { name });
  }

  deleteExperiment(id: string): Promise<void> {
    return this._send('DELETE', ['experiments', id]);
  }

  listKeys(query: {
    experiment?: string;
    search?: string;
    limit?: number;
  }): Promise<T.Keys> {
    return this._get(['keys'], query);
  }

  /** @throws RequestError also for a filter that cannot be read; its details hold the position. */
  async listCandidates(query: T.CandidateQuery): Promise<T.CandidatePage> {
    // Lenient: what is being typed is no failed request in the browser's log.
    const page = await this._get<T.CandidatePage>(['candidates'], {
      ...query,
      form: 'line',
      lenient: true
    });
    if (page.problem) {
      const { code, message, details } = page.problem;
      throw new RequestError(code, message, 400, details);
    }
    return page;
  }

  getCandidate(id: string): Promise<T.CandidateDetail> {
    return this._get(['candidates', id]);
  }

  updateCandidate(
    id: string,
    change: T.CandidateChange
  ): Promise<T.CandidateDetail> {
    return this._send('PATCH', ['candidates', id], change);
  }

  deleteCandidate(id: string, permanent = false): Promise<void> {
    return this._send('DELETE', ['candidates', id], undefined, {
      permanent: permanent || undefined
    });
  }

  restoreCandidate(id: string): Promise<void> {
    return this._send('POST', ['candidates', id, 'restore'], {});
  }

  async getMetricHistory(id: string, name: string): Promise<T.Point[]> {
    const { points } = await request<{ points: T.Point[] }>(
      this.settings,
      'GET',
      `${apiUrl(this.settings, ['candidates', id, 'metrics'])}/${encodeURIComponent(name)}`
    );
    return points;
  }

  /** Where an artifact's bytes are; `<img src>` and downloads use it as it is. */
  artifactUrl(id: string, path: string): string {
    return apiUrl(this.settings, ['candidates', id, 'artifacts', path]);
  }

  async getSeries(
    ids: readonly string[],
    metric: string,
    options: { points?: number; from?: number; to?: number } = {}
  ): Promise<Record<string, T.Point[]>> {
    const { series } = await this._get<{ series: Record<string, T.Curve> }>(
      ['series'],
      { ids: [...ids], metric, ...options }
    );
    return Object.fromEntries(
      Object.entries(series).map(([id, { steps, times, values }]) => [
        id,
        steps.map((step, at) => ({ step, time: times[at], value: values[at] }))
      ])
    );
  }

  compare(ids: readonly string[]): Promise<T.ComparisonTable> {
    return this._get(['compare', 'table'], { ids: [...ids] });
  }

  async compareCode(a: string, b: string): Promise<T.CodeCell[]> {
    const { cells } = await this._get<{ cells: T.CodeCell[] }>(
      ['compare', 'code'],
      { a, b }
    );
    return cells;
  }

  /* Running again */

  getExecuted(id: string): Promise<{ cells: Record<string, unknown>[] }> {
    return this._get(['candidates', id, 'executed']);
  }

  /** Write a copy of the notebook; where it is. */
  async restoreCopy(id: string, asItRan: boolean): Promise<string> {
    const { path } = await this._send<{ path: string }>(
      'POST',
      ['candidates', id, 'copy'],
      { as_it_ran: asItRan }
    );
    return path;
  }

  getReproductions(id: string): Promise<T.Reproductions> {
    return this._get(['candidates', id, 'reproduce']);
  }

  reproduce(id: string, body: T.ReproduceRequest): Promise<T.Reproductions> {
    return this._send('POST', ['candidates', id, 'reproduce'], body);
  }

  cancelReproduction(id: string): Promise<T.Reproductions> {
    return this._send('DELETE', ['candidates', id, 'reproduce']);
  }

  /* Notebooks */

  /** How a notebook whose code cells read like this differs from its latest candidate. */
  compareNow(notebook: string, cells: readonly string[]): Promise<T.Now> {
    return this._send('POST', ['now'], { notebook, cells });
  }

  async listNotebookRuns(query: {
    notebook?: string;
    limit?: number;
    before?: number;
  }): Promise<T.NotebookRun[]> {
    const { notebook_runs } = await this._get<{
      notebook_runs: T.NotebookRun[];
    }>(['notebook-runs'], query);
    return notebook_runs;
  }

  getNotebookRun(
    id: string
  ): Promise<{ notebook_run: T.NotebookRun; executions: T.Execution[] }> {
    return this._get(['notebook-runs', id]);
  }

  deleteNotebookRun(id: string): Promise<void> {
    return this._send('DELETE', ['notebook-runs', id]);
  }

  async getNotebookCells(
    notebook: string
  ): Promise<Record<string, T.CellCandidates>> {
    const { cells } = await this._get<{
      cells: Record<string, T.CellCandidates>;
    }>(['notebooks', 'cells'], { notebook });
    return cells;
  }

  /** The last execution of each cell, if it has ended and showed something. */
  async listRecordedOutputs(notebook: string): Promise<T.RecordedOutput[]> {
    const { executions } = await this._get<{
      executions: T.RecordedOutput[];
    }>(['notebooks', 'outputs'], { notebook });
    return executions;
  }

  getExecutionOutputs(id: string): Promise<T.ExecutionOutputs> {
    return this._get(['executions', id, 'outputs']);
  }

  getRecording(notebook: string): Promise<T.Recording> {
    return this._get(['recording'], { notebook });
  }

  setRecording(
    notebook: string,
    change: { paused?: boolean; experiment?: string }
  ): Promise<T.Recording> {
    return this._send('PUT', ['recording'], change, { notebook });
  }

  /* Registry */

  getProposals(query: {
    notebook?: string;
    cell_id?: string;
    candidate?: string;
    variable?: string;
    model?: string;
  }): Promise<T.Proposals> {
    return this._get(['register', 'proposals'], query);
  }

  register(body: T.RegisterRequest): Promise<T.ModelVersion> {
    return this._send('POST', ['register'], body);
  }

  async listRegistrations(): Promise<T.Registration[]> {
    const { registrations } = await this._get<{
      registrations: T.Registration[];
    }>(['registrations']);
    return registrations;
  }

  cancelRegistration(id: string): Promise<void> {
    return this._send('DELETE', ['registrations', id]);
  }

  async listModels(): Promise<T.Model[]> {
    const { models } = await this._get<{ models: T.Model[] }>(['models']);
    return models;
  }

  getModelVersion(model: string, version: string): Promise<T.ModelVersion> {
    return this._get(['models', model, 'versions', version]);
  }

  updateModelVersion(
    model: string,
    version: string,
    change: { description?: string; aliases?: string[] }
  ): Promise<T.ModelVersion> {
    return this._send('PATCH', ['models', model, 'versions', version], change);
  }

  checkModelVersion(model: string, version: string): Promise<T.ModelVersion> {
    return this._send('POST', ['models', model, 'versions', version, 'check']);
  }

  deleteModelVersion(model: string, version: string): Promise<void> {
    return this._send('DELETE', ['models', model, 'versions', version]);
  }

  deleteModel(model: string): Promise<void> {
    return this._send('DELETE', ['models', model]);
  }

  /** Where all files of a version are, as one zip. */
  versionArchiveUrl(model: string, version: string): string {
    return apiUrl(this.settings, [
      'models',
      model,
      'versions',
      version,
      'archive'
    ]);
  }

  /** Where a file of a version is. */
  versionArtifactUrl(model: string, version: string, path: string): string {
    return apiUrl(this.settings, [
      'models',
      model,
      'versions',
      version,
      'artifacts',
      path
    ]);
  }

  /* Sharing */

  getStatus(): Promise<T.Status> {
    return this._get(['status']);
  }

  listRemotes(): Promise<{ remotes: T.Remote[]; proposal: T.RemoteProposal }> {
    return this._get(['remotes']);
  }

  connectRemote(body: T.RemoteRequest): Promise<T.Remote> {
    return this._send('POST', ['remotes'], body);
  }

  checkRemote(body: T.RemoteRequest): Promise<T.RemoteCheck> {
    return this._send('POST', ['remotes', 'check'], body);
  }

  disconnectRemote(name: string): Promise<void> {
    return this._send('DELETE', ['remotes', name]);
  }

  syncNow(): Promise<T.Status> {
    return this._send('POST', ['sync'], {});
  }

  async getQueue(): Promise<T.QueueItem[]> {
    const { items } = await this._get<{ items: T.QueueItem[] }>([
      'sync',
      'queue'
    ]);
    return items;
  }

  controlQueue(
    action:
      | 'pause'
      | 'resume'
      | 'retry'
      | 'redact'
      | 'not-a-secret'
      | 'pull'
      | 'dry-run'
      | 'delete',
    target: { remote?: string; kind?: string; id?: string } = {}
  ): Promise<Record<string, unknown>> {
    return this._send('POST', ['sync', action], target);
  }

  private _get<R>(path: string[], query: Query = {}): Promise<R> {
    return request(this.settings, 'GET', apiUrl(this.settings, path, query));
  }

  private _send<R>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string[],
    body?: unknown,
    query: Query = {}
  ): Promise<R> {
    return request(
      this.settings,
      method,
      apiUrl(this.settings, path, query),
      body
    );
  }
}
