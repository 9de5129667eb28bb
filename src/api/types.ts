/**
 * The JSON of the panel's API by short names, taken from the generated schema.
 */
import type { IOutput } from '@jupyterlab/nbformat';

import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Candidate = Schemas['Candidate'];
export type CandidateChange =
  operations['updateCandidate']['requestBody']['content']['application/json'];
export type CandidateDetail = Schemas['CandidateDetail'];
export type CandidateStatus = Schemas['CandidateStatus'];
export type Comparison = Schemas['Comparison'];
export type ComparisonTable = Schemas['ComparisonTable'];
export type Difference = Schemas['Difference'];
export type DifferenceRow = Schemas['DifferenceRow'];
export type Execution = Schemas['Execution'];
export type Experiment = Schemas['Experiment'];
export type File = Schemas['File'];
export type Key = Schemas['Key'];
export type Keys = Schemas['Keys'];
export type MatchReport = NonNullable<Schemas['MatchReport']>;
export type Metric = Schemas['Metric'];
export type MetricValue = Schemas['MetricValue'];
export type Model = Schemas['Model'];
export type ModelVersion = Schemas['ModelVersion'];
export type NotebookRun = Schemas['NotebookRun'];
export type Param = Schemas['Param'];
export type Point = Schemas['Point'];
export type Proposals = Schemas['Proposals'];
export type QueueCounts = Schemas['QueueCounts'];
export type QueueItem = Schemas['QueueItem'];
export type Recording = Schemas['Recording'];
export type NotebookParameter = Schemas['Reproductions']['parameters'][number];
export type Registration = Schemas['Registration'];
export type Remote = Schemas['Remote'];
export type Reproductions = Schemas['Reproductions'];
export type RemoteCheck = Schemas['RemoteCheck'];
export type RemoteProposal = Schemas['RemoteProposal'];
export type RemoteRequest = Partial<Schemas['RemoteRequest']> &
  Pick<Schemas['RemoteRequest'], 'url' | 'project'>;
export type Source = Schemas['Source'];
export type Status = Schemas['Status'];
export type Sync = Schemas['Sync'];

/** A metric's points as the server sends them: columns of the same length. */
export type Curve = {
  steps: number[];
  times: number[];
  values: MetricValue[];
};

/** How the open notebook differs from its latest candidate. */
export type Now = {
  notebook: string;
  candidate: string | null;
  summary?: string;
  changes: string[];
  changed_cells: number;
  running?: boolean;
};

/** One cell of a code comparison. */
export type CodeCell = {
  state: 'equal' | 'changed' | 'added' | 'removed';
  a: string | null;
  b: string | null;
};

/** An execution that showed something. */
export type RecordedOutput = Schemas['RecordedOutput'];

/** What an execution showed; `shortened`: with notes where some is left out. */
export type ExecutionOutputs = { outputs: IOutput[]; shortened: boolean };

/** A cell of a notebook that produced candidates. */
export type CellCandidates = { candidates: string[]; source: string };

/** One page of candidates. */
export type CandidatePage = {
  candidates: Candidate[];
  next_page_token: string | null;
  total: number;
  /** Which way the metrics that were asked for are better; null: neither. */
  directions: Record<string, 'max' | 'min' | null>;
  /** The ids of the whole list in order, where that was asked for and it is not too long. */
  order?: string[];
  /** Why the filter cannot be read. */
  problem?: {
    code: string;
    message: string;
    details?: Record<string, unknown>;
  };
};

/** What a page of candidates is asked for. */
export type CandidateQuery = {
  experiment?: string;
  notebook?: string;
  filter?: string;
  order_by?: string;
  /** Which value of a metric the order means. */
  order_value?: 'last' | 'min' | 'max';
  limit?: number;
  offset?: number;
  view?: 'active' | 'deleted' | 'all';
  metrics?: string[];
  params?: string[];
  tags?: string[];
  /** Also tell the ids of the whole list in order. */
  order?: boolean;
};

/** How a candidate is run again. */
export type ReproduceRequest = {
  parameters?: Record<string, unknown>;
  grid?: Record<string, unknown[]>;
  parallel?: number;
  timeout_s?: number;
  tolerances?: Record<string, number>;
  as_it_ran?: boolean;
};

/** What a registration is asked for: a candidate, or a variable of a notebook's kernel. */
export type RegisterRequest = {
  /** Of the caller's choice: what it can be cancelled by. */
  id?: string;
  /** A version that was taken meanwhile gives way to the next free patch. */
  or_next?: boolean;
  candidate?: string;
  notebook?: string;
  variable?: string;
  model: string;
  version?: string;
  bump?: 'major' | 'minor' | 'patch';
  description?: string;
};
