/**
 * The JSON of the panel's API by short names, taken from the generated schema.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Candidate = Schemas['Candidate'];
export type CandidateDetail = Schemas['CandidateDetail'];
export type CandidateStatus = Schemas['CandidateStatus'];
export type Comparison = Schemas['Comparison'];
export type Difference = Schemas['Difference'];
export type Execution = Schemas['Execution'];
export type Experiment = Schemas['Experiment'];
export type File = Schemas['File'];
export type Key = Schemas['Key'];
export type Keys = Schemas['Keys'];
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
export type Remote = Schemas['Remote'];
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

/** A cell of a notebook that produced candidates. */
export type CellCandidates = { candidates: string[]; source: string };

/** One page of candidates. */
export type CandidatePage = {
  candidates: Candidate[];
  next_page_token: string | null;
  total: number;
};

/** What a page of candidates is asked for. */
export type CandidateQuery = {
  experiment?: string;
  notebook?: string;
  filter?: string;
  order_by?: string;
  limit?: number;
  page_token?: string;
  view?: 'active' | 'deleted' | 'all';
  metrics?: string[];
  params?: string[];
};

/** What a registration is asked for: a candidate, or a variable of a notebook's kernel. */
export type RegisterRequest = {
  candidate?: string;
  notebook?: string;
  variable?: string;
  model: string;
  version?: string;
  bump?: 'major' | 'minor' | 'patch';
  description?: string;
};
