import { Observable } from './observable';
import type { IProblem } from './problem';
import { problemOf } from './problem';
import type { Client } from '../api/client';

/** A cell as it ran. */
export interface IRanCell {
  id: string;
  count: number | null;
  source: string;
  outputs: readonly Readonly<Record<string, unknown>>[];
  status: string;
  /** Whether the candidate depends on it. */
  needed: boolean;
}

/** A candidate's notebook as it ran. */
export class ExecutedModel extends Observable {
  constructor(options: ExecutedModel.IOptions) {
    super();
    this._client = options.client;
    this.id = options.id;
    void this.refresh();
  }

  readonly id: string;

  /** The cells in the order in which they ran, or null before the first answer. */
  get cells(): readonly IRanCell[] | null {
    return this._cells;
  }

  get problem(): IProblem | null {
    return this._problem;
  }

  async refresh(): Promise<void> {
    try {
      const document = await this._client.getExecuted(this.id);
      this._cells = document.cells.map(cellOf);
      this._problem = null;
    } catch (reason) {
      this._problem = problemOf(reason);
    }
    this.notify();
  }

  private readonly _client: Client;
  private _cells: readonly IRanCell[] | null = null;
  private _problem: IProblem | null = null;
}

export namespace ExecutedModel {
  export interface IOptions {
    client: Client;
    /** The candidate's id. */
    id: string;
  }
}

/** A cell of the server's document: notebooks may hold sources as lists. */
function cellOf(cell: Record<string, unknown>): IRanCell {
  const metadata = (cell.metadata ?? {}) as Record<string, unknown>;
  const facts = (metadata.jupyterlab_mlops ?? {}) as Record<string, unknown>;
  const { source } = cell;
  return {
    id: String(cell.id),
    count: (cell.execution_count as number | null) ?? null,
    source: Array.isArray(source) ? source.join('') : String(source),
    outputs: (cell.outputs ?? []) as IRanCell['outputs'],
    status: String(facts.status ?? ''),
    needed: Array.isArray(metadata.tags) && metadata.tags.includes('needed')
  };
}
