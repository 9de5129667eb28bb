/** What a person chose for the list of an experiment, and where it is kept. */
import type { Aggregate } from './measure';
import type { ISort } from './query';

/** What a person chose for an experiment; kept over reloads. */
export interface IChoices {
  /** Columns in order, such as `metrics.f1`; null: automatic. */
  columns: string[] | null;
  /** Widths in pixels by column. */
  widths: Record<string, number>;
  /** Which value of a metric's series a column shows. */
  aggregates: Record<string, Aggregate>;
  /** Columns kept in sight at the left. */
  pinned: string[];
  sort: ISort | null;
  /** The metric shown first; null: the server's choice. */
  primary: string | null;
  /** What rows are grouped by, such as `params.seed`. */
  group: string | null;
}

export const NO_CHOICES: IChoices = {
  columns: null,
  widths: {},
  aggregates: {},
  pinned: [],
  sort: null,
  primary: null,
  group: null
};

/** The order after a click on a column: first its own way, then the other, then none. */
export function nextSort(now: ISort | null, first: ISort): ISort | null {
  if (now?.key !== first.key) {
    return first;
  }
  return now.descending === first.descending
    ? { ...first, descending: !first.descending }
    : null;
}

/** Where choices are kept. */
export interface IMemory {
  fetch(key: string): Promise<unknown>;
  save(key: string, value: unknown): Promise<void>;
}

/** The choices of one experiment (null: of all together). Memory that fails is no reason to fail. */
export class Choices {
  constructor(private readonly _memory: IMemory | null) {}

  get current(): Readonly<IChoices> {
    return this._current;
  }

  /** Take up what was chosen for an experiment before. */
  async recall(experiment: string | null): Promise<void> {
    this._experiment = experiment;
    this._current = NO_CHOICES;
    const stored = await this._memory?.fetch(this._key).catch(() => undefined);
    if (stored && typeof stored === 'object') {
      this._current = { ...NO_CHOICES, ...(stored as Partial<IChoices>) };
    }
  }

  /** Change some, and keep all. */
  change(change: Partial<IChoices>): void {
    this._current = { ...this._current, ...change };
    void this._memory?.save(this._key, this._current).catch(() => undefined);
  }

  private get _key(): string {
    return `jupyterlab-mlops:choices:${this._experiment ?? 'all'}`;
  }

  private _experiment: string | null = null;
  private _current: IChoices = NO_CHOICES;
}
