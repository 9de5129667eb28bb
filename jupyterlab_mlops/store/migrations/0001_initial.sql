-- Times are integer milliseconds since the epoch, sizes are bytes, ids of candidates are 32 hex digits.
-- A table that the panel or a remote cares about is written only together with changes.changed().

-- One row a key: who this store is (store_id), salts, watermarks.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE experiments (
  id               INTEGER PRIMARY KEY,          -- MLflow's experiment_id as text
  name             TEXT NOT NULL UNIQUE,
  lifecycle_stage  TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted')),
  artifact_location TEXT,                        -- NULL: ours (mlflow-artifacts:/<id>)
  notebook         TEXT,                         -- path of the notebook this experiment was made for
  origin           TEXT NOT NULL DEFAULT '',     -- '' local, else the remote's name it was pulled from
  created_ms       INTEGER NOT NULL,
  updated_ms       INTEGER NOT NULL
);
-- MLflow's "Default", used by clients that name no experiment.
INSERT INTO experiments (id, name, created_ms, updated_ms)
  VALUES (0, 'Default', strftime('%s', 'now') * 1000, strftime('%s', 'now') * 1000);
CREATE TABLE experiment_tags (
  experiment_id INTEGER NOT NULL REFERENCES experiments(id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, name)
) WITHOUT ROWID;

-- A kernel we have seen. applied_seq is the last finding of its agent that was applied (exactly once).
CREATE TABLE kernels (
  id          TEXT PRIMARY KEY,
  server      TEXT NOT NULL,                     -- "<pid>:<start>" of the server process that owns it
  language    TEXT NOT NULL DEFAULT '',
  notebook    TEXT,                              -- contents path, follows renames
  started_ms  INTEGER NOT NULL,
  ended_ms    INTEGER,                           -- NULL: alive as far as we know
  applied_seq INTEGER NOT NULL DEFAULT 0,
  name        TEXT NOT NULL DEFAULT '',          -- of the kernelspec
  agent       TEXT,                              -- JSON of the agent's hello; NULL: no agent seen
  environment TEXT                               -- blob: what the kernel's interpreter has installed
);

CREATE TABLE notebook_runs (
  id            TEXT PRIMARY KEY,
  kernel_id     TEXT NOT NULL,
  experiment_id INTEGER REFERENCES experiments(id),
  notebook      TEXT,                            -- contents path at the time
  status        TEXT NOT NULL CHECK (status IN ('RUNNING', 'FINISHED', 'FAILED', 'KILLED')),
  opened_ms     INTEGER NOT NULL,
  closed_ms     INTEGER,
  busy_ms       INTEGER NOT NULL DEFAULT 0,
  whole         INTEGER NOT NULL DEFAULT 0,      -- every code cell, top to bottom
  trigger       TEXT NOT NULL DEFAULT 'client',  -- client | headless | rerun
  snapshot      TEXT,                            -- blob: the notebook as executed (ipynb)
  git           TEXT NOT NULL DEFAULT '{}',      -- JSON: commit, branch, remote, dirty, patch (blob)
  error         TEXT,                            -- JSON: {name, message, traceback}
  output_bytes  INTEGER NOT NULL DEFAULT 0,
  aborted       INTEGER NOT NULL DEFAULT 0       -- queued requests that an error or interrupt dropped
);
CREATE INDEX notebook_runs_by_time ON notebook_runs (notebook, opened_ms);
CREATE INDEX notebook_runs_by_kernel ON notebook_runs (kernel_id, opened_ms);
CREATE INDEX notebook_runs_open ON notebook_runs (status) WHERE status = 'RUNNING';

CREATE TABLE executions (
  id              TEXT PRIMARY KEY,              -- msg_id of the execute_request
  notebook_run_id TEXT NOT NULL REFERENCES notebook_runs(id) ON DELETE CASCADE,
  kernel_id       TEXT NOT NULL,
  ordinal         INTEGER NOT NULL,              -- order within the notebook run, from 0
  execution_count INTEGER,
  cell_id         TEXT,
  cell_index      INTEGER,                       -- index among the notebook's code cells, from 0
  source          TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('RUNNING', 'FINISHED', 'FAILED', 'KILLED')),
  started_ms      INTEGER NOT NULL,
  ended_ms        INTEGER,
  error           TEXT,                          -- JSON: {name, message, traceback}
  outputs         TEXT,                          -- blob: JSON list of nbformat outputs, bounded
  small_outputs   TEXT,                          -- the list itself where it is short: most are
  output_bytes    INTEGER NOT NULL DEFAULT 0     -- before bounding
);
CREATE INDEX executions_by_run ON executions (notebook_run_id, ordinal);
CREATE INDEX executions_by_kernel ON executions (kernel_id, started_ms);

-- What the agent said of an execution; it may come before the recorder has written the execution.
CREATE TABLE execution_facts (
  execution_id    TEXT PRIMARY KEY,
  kernel_id       TEXT NOT NULL,
  cell_id         TEXT,
  execution_count INTEGER,
  started_ms      INTEGER,
  ended_ms        INTEGER,                       -- NULL: the agent has not said that the cell ended
  status          TEXT,
  names           TEXT NOT NULL DEFAULT '[]',    -- JSON: names the cell bound
  models          TEXT NOT NULL DEFAULT '[]',    -- JSON: [{variable, class, candidate, bound}]
  source          TEXT                           -- as sent; kept while the recorder has not told of the execution
) WITHOUT ROWID;
CREATE INDEX execution_facts_by_kernel ON execution_facts (kernel_id, cell_id, started_ms);
-- Which executions opened or touched which candidates (data flow).
CREATE TABLE execution_candidates (
  execution_id TEXT NOT NULL,
  candidate_id TEXT NOT NULL,
  PRIMARY KEY (execution_id, candidate_id)
) WITHOUT ROWID;
CREATE INDEX execution_candidates_by_candidate ON execution_candidates (candidate_id);
-- Findings that belong to a notebook run, not to a candidate: params, metrics, inputs, facts, artifacts.
CREATE TABLE run_findings (
  id           INTEGER PRIMARY KEY,
  kernel_id    TEXT NOT NULL,
  execution_id TEXT,
  kind         TEXT NOT NULL,
  body         TEXT NOT NULL                     -- JSON of the finding
);
CREATE INDEX run_findings_by_execution ON run_findings (execution_id);

-- Notebooks whose recording differs from the server's setting.
CREATE TABLE recording_modes (
  notebook   TEXT PRIMARY KEY,
  mode       TEXT CHECK (mode IN ('auto', 'manual', 'off')),  -- NULL: as the server's setting says
  before     TEXT CHECK (before IN ('auto', 'manual', 'off')), -- until changed_ms: what arrives late is judged by it
  changed_ms INTEGER NOT NULL
) WITHOUT ROWID;
-- The newest things that went wrong without anybody being disturbed.
CREATE TABLE diagnostics (
  id        INTEGER PRIMARY KEY,
  time_ms   INTEGER NOT NULL,
  part      TEXT NOT NULL,                       -- recorder | agent | findings | ...
  kernel_id TEXT,
  message   TEXT NOT NULL
);

CREATE TABLE candidates (
  id              TEXT PRIMARY KEY,              -- = MLflow run_id
  seq             INTEGER NOT NULL UNIQUE,       -- order of creation: stable paging and "newest first"
  name            TEXT NOT NULL,
  experiment_id   INTEGER NOT NULL REFERENCES experiments(id),
  notebook_run_id TEXT REFERENCES notebook_runs(id),
  kernel_id       TEXT,
  execution_id    TEXT,                          -- the execution that opened it
  parent_id       TEXT,
  relation        TEXT,                          -- to the parent: 'search' | 'nested' | 'rerun'
  origin          TEXT NOT NULL,                 -- training | explicit | measured | notebook | mlflow | rerun | pulled
  remote          TEXT NOT NULL DEFAULT '',      -- '' local, else the remote's name it was pulled from
  status          TEXT NOT NULL CHECK (status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')),
  lifecycle_stage TEXT NOT NULL DEFAULT 'active' CHECK (lifecycle_stage IN ('active', 'deleted')),
  user_id         TEXT NOT NULL DEFAULT '',
  start_ms        INTEGER,
  end_ms          INTEGER,
  busy_ms         INTEGER,                       -- busy time of its cells; NULL: end - start
  deleted_ms      INTEGER,
  model_class     TEXT,
  variable        TEXT,
  fits            INTEGER NOT NULL DEFAULT 0,
  cell_id         TEXT,
  cell_index      INTEGER,
  execution_count INTEGER,
  notebook        TEXT,
  error           TEXT,                          -- JSON: {name, message, traceback}
  starred         INTEGER NOT NULL DEFAULT 0,
  verified        INTEGER NOT NULL DEFAULT 0,
  score           INTEGER,
  details         TEXT NOT NULL DEFAULT '{}'     -- JSON: facts without a column (seeds, slice, score reasons)
);
CREATE INDEX candidates_by_experiment ON candidates (experiment_id, lifecycle_stage, seq);
-- Covering for the first page of a list: the newest, nobody's children, without the rows' long details.
CREATE INDEX candidates_by_start ON candidates (experiment_id, lifecycle_stage, start_ms DESC, id, parent_id);
-- What every open notebook asks again after each change: its latest candidate, and those of its cells.
CREATE INDEX candidates_by_notebook ON candidates (notebook, seq) WHERE notebook IS NOT NULL;
CREATE INDEX candidates_by_run ON candidates (notebook_run_id);
CREATE INDEX candidates_by_kernel ON candidates (kernel_id, execution_id);
CREATE INDEX candidates_by_parent ON candidates (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX candidates_running ON candidates (status) WHERE status = 'RUNNING';

CREATE TABLE params (
  candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT 'logged',         -- logged | autolog | variable | estimator | output
  PRIMARY KEY (candidate_id, name)
) WITHOUT ROWID;
-- Covering, as metrics_by_name: one name of ten thousand candidates is read from a few pages side by side.
CREATE INDEX params_by_name ON params (name, candidate_id, value);
-- For searches (search_plan.INDEXED_LENGTH names the same length): which candidates have this value.
CREATE INDEX params_by_value ON params (name, value, candidate_id) WHERE length(value) <= 200;

CREATE TABLE tags (
  candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (candidate_id, name)
) WITHOUT ROWID;
CREATE INDEX tags_by_name ON tags (name, candidate_id, value);
CREATE INDEX tags_by_value ON tags (name, value, candidate_id) WHERE length(value) <= 200;

-- Every point. kind says what the 0 in value stands for where it is not finite: SQLite has no NaN.
-- The whole row is the key: a repeated request adds nothing, and a history is read in its order.
CREATE TABLE metric_points (
  candidate_id TEXT NOT NULL,                    -- of candidates; without a check of every single row
  name         TEXT NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  step         INTEGER NOT NULL,
  value        REAL NOT NULL,
  kind         INTEGER NOT NULL DEFAULT 0,       -- 0 finite, 1 NaN, 2 +inf, -2 -inf
  PRIMARY KEY (candidate_id, name, timestamp_ms, step, value, kind)
) WITHOUT ROWID;
-- A long series once more, as charts read it: columns of steps, times and values in one blob. The rows are the
-- truth: what is packed stands for the first `count` of them up to last_ms, and is read only while that adds up.
CREATE TABLE packed_series (
  candidate_id TEXT NOT NULL,
  name    TEXT NOT NULL,
  count   INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,                      -- the latest timestamp among them
  points  BLOB NOT NULL,
  PRIMARY KEY (candidate_id, name)
);
CREATE TRIGGER metric_points_go_with_candidate AFTER DELETE ON candidates BEGIN
  DELETE FROM metric_points WHERE candidate_id = old.id;
  DELETE FROM packed_series WHERE candidate_id = old.id;
END;

-- One row a series, kept in the same transaction: what lists, sorts and filters read.
CREATE TABLE metrics (
  candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  value        REAL,                             -- last by (step, timestamp, value), as MLflow
  kind         INTEGER NOT NULL DEFAULT 0,
  step         INTEGER NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  min          REAL,
  max          REAL,
  count        INTEGER NOT NULL,
  source       TEXT NOT NULL DEFAULT 'logged',
  PRIMARY KEY (candidate_id, name)
) WITHOUT ROWID;
CREATE INDEX metrics_by_name ON metrics (name, candidate_id, value, kind);
CREATE INDEX metrics_by_value ON metrics (name, value, kind, candidate_id);
-- The series that are worth packing (packed.LEAST) are found without a look at the others.
CREATE INDEX metrics_long ON metrics (candidate_id, name, count) WHERE count >= 2000;

-- The key catalogue of an experiment, so that a page never has to carry every name.
CREATE TABLE keys (
  experiment_id INTEGER NOT NULL REFERENCES experiments(id) ON DELETE CASCADE,
  kind  TEXT NOT NULL,                           -- metric | param | tag
  name  TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 0,              -- candidates that have it
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (experiment_id, kind, name)
) WITHOUT ROWID;

-- Content-addressed blobs; the bytes are files below blobs/.
CREATE TABLE blobs (
  sha256     TEXT PRIMARY KEY,
  size       INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Files of a candidate, a logged model or a model version: owner is '<kind>:<id>'
-- ('candidate:<id>', 'model:<logged model id>', 'version:<model_versions.id>').
CREATE TABLE artifacts (
  owner      TEXT NOT NULL,
  path       TEXT NOT NULL,                      -- POSIX, relative, no '..'
  sha256     TEXT NOT NULL REFERENCES blobs(sha256),
  size       INTEGER NOT NULL,
  media_type TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (owner, path)
) WITHOUT ROWID;
CREATE INDEX artifacts_by_blob ON artifacts (sha256);

-- What a candidate read, in the order in which it was told: files (path, sha256) and MLflow datasets (name, digest, JSON).
CREATE TABLE inputs (
  candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
  path    TEXT NOT NULL,                         -- file path, or 'dataset:<name>:<digest>'
  sha256  TEXT NOT NULL DEFAULT '',
  size    INTEGER,
  kind    TEXT NOT NULL DEFAULT 'file',          -- file | dvc | lfs | dataset | model
  details TEXT NOT NULL DEFAULT '{}',            -- JSON: an MLflow dataset with its tags, a DVC pointer, ...
  PRIMARY KEY (candidate_id, path)
);

-- MLflow 3 logged models.
CREATE TABLE logged_models (
  id            TEXT PRIMARY KEY,                -- 'm-' + 32 hex digits
  experiment_id INTEGER NOT NULL REFERENCES experiments(id),
  name          TEXT NOT NULL,
  candidate_id  TEXT,                            -- source_run_id
  model_type    TEXT NOT NULL DEFAULT '',
  status        TEXT NOT NULL,                   -- PENDING | READY | UPLOAD_FAILED
  status_message TEXT NOT NULL DEFAULT '',
  lifecycle_stage TEXT NOT NULL DEFAULT 'active',
  params        TEXT NOT NULL DEFAULT '{}',      -- JSON map
  tags          TEXT NOT NULL DEFAULT '{}',      -- JSON map
  created_ms    INTEGER NOT NULL,
  updated_ms    INTEGER NOT NULL
);
CREATE TABLE logged_model_metrics (
  id           INTEGER PRIMARY KEY,
  model_id     TEXT NOT NULL REFERENCES logged_models(id) ON DELETE CASCADE,
  candidate_id TEXT NOT NULL,
  name         TEXT NOT NULL,
  value        REAL,
  kind         INTEGER NOT NULL DEFAULT 0,
  step         INTEGER NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  dataset_name TEXT NOT NULL DEFAULT '',
  dataset_digest TEXT NOT NULL DEFAULT ''
);
CREATE INDEX logged_model_metrics_by_model ON logged_model_metrics (model_id, name);
CREATE TABLE candidate_outputs (                 -- runs/outputs
  candidate_id TEXT NOT NULL REFERENCES candidates(id) ON DELETE CASCADE,
  model_id     TEXT NOT NULL,
  step         INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (candidate_id, model_id)
) WITHOUT ROWID;

-- Registry. number is MLflow's integer version, version the semantic one; both unique in the model.
CREATE TABLE models (
  name        TEXT PRIMARY KEY,
  description TEXT NOT NULL DEFAULT '',
  origin      TEXT NOT NULL DEFAULT '',
  created_ms  INTEGER NOT NULL,
  updated_ms  INTEGER NOT NULL,
  last_number INTEGER NOT NULL DEFAULT 0         -- of its versions, deleted ones too: never given twice
) WITHOUT ROWID;
CREATE TABLE model_tags (
  model TEXT NOT NULL REFERENCES models(name) ON DELETE CASCADE ON UPDATE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model, name)
) WITHOUT ROWID;
CREATE TABLE model_versions (
  id           INTEGER PRIMARY KEY,
  model        TEXT NOT NULL REFERENCES models(name) ON DELETE CASCADE ON UPDATE CASCADE,
  number       INTEGER NOT NULL,
  version      TEXT NOT NULL,
  candidate_id TEXT,
  logged_model_id TEXT,
  source       TEXT NOT NULL DEFAULT '',         -- MLflow's source URI
  description  TEXT NOT NULL DEFAULT '',
  card         TEXT NOT NULL DEFAULT '',         -- model card, Markdown
  stage        TEXT NOT NULL DEFAULT 'None',
  status       TEXT NOT NULL DEFAULT 'READY',
  signature    TEXT,                             -- JSON, where known
  flavor       TEXT NOT NULL DEFAULT '',
  user_id      TEXT NOT NULL DEFAULT '',
  origin       TEXT NOT NULL DEFAULT '',
  created_ms   INTEGER NOT NULL,
  updated_ms   INTEGER NOT NULL,
  details      TEXT NOT NULL DEFAULT '{}',
  UNIQUE (model, number),
  UNIQUE (model, version)
);
CREATE TABLE model_version_tags (
  version_id INTEGER NOT NULL REFERENCES model_versions(id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (version_id, name)
) WITHOUT ROWID;
CREATE TABLE model_aliases (
  model  TEXT NOT NULL REFERENCES models(name) ON DELETE CASCADE ON UPDATE CASCADE,
  alias  TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (model, alias)
) WITHOUT ROWID;

-- MLflow's evaluation: datasets of examples, scorers and issues, kept for its clients. Nothing of it is run or pushed.
CREATE TABLE evaluation_datasets (
  seq        INTEGER PRIMARY KEY,                -- order of creation
  id         TEXT NOT NULL UNIQUE,               -- 'd-' + 32 hex digits
  name       TEXT NOT NULL,
  digest     TEXT NOT NULL,                      -- another one after every change of the records
  schema     TEXT,                               -- JSON: types of the fields of its records; NULL: none yet
  created_by TEXT,
  updated_by TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE TABLE evaluation_dataset_tags (
  dataset_id TEXT NOT NULL REFERENCES evaluation_datasets(id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (dataset_id, name)
) WITHOUT ROWID;
CREATE TABLE evaluation_dataset_experiments (
  dataset_id    TEXT NOT NULL REFERENCES evaluation_datasets(id) ON DELETE CASCADE,
  experiment_id INTEGER NOT NULL REFERENCES experiments(id) ON DELETE CASCADE,
  PRIMARY KEY (dataset_id, experiment_id)
) WITHOUT ROWID;
CREATE TABLE evaluation_records (
  seq          INTEGER PRIMARY KEY,              -- order in which they came
  id           TEXT NOT NULL UNIQUE,             -- 'dr-' + 32 hex digits
  dataset_id   TEXT NOT NULL REFERENCES evaluation_datasets(id) ON DELETE CASCADE,
  inputs_hash  TEXT NOT NULL,                    -- of the inputs: the same inputs are the same record
  inputs       TEXT NOT NULL,                    -- JSON object
  outputs      TEXT,                             -- JSON of any kind
  expectations TEXT,                             -- JSON object
  tags         TEXT NOT NULL DEFAULT '{}',       -- JSON object
  source       TEXT,                             -- JSON: {source_type, source_data}
  created_by   TEXT,
  updated_by   TEXT,
  created_ms   INTEGER NOT NULL,
  updated_ms   INTEGER NOT NULL,
  UNIQUE (dataset_id, inputs_hash)
);
CREATE TABLE scorers (
  id            TEXT PRIMARY KEY,                -- a UUID
  experiment_id INTEGER NOT NULL REFERENCES experiments(id) ON DELETE CASCADE,
  name          TEXT NOT NULL,
  UNIQUE (experiment_id, name)
) WITHOUT ROWID;
CREATE TABLE scorer_versions (
  scorer_id  TEXT NOT NULL REFERENCES scorers(id) ON DELETE CASCADE,
  version    INTEGER NOT NULL,                   -- from 1
  body       TEXT NOT NULL,                      -- JSON, as the client wrote it
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (scorer_id, version)
) WITHOUT ROWID;

CREATE TABLE issues (
  seq           INTEGER PRIMARY KEY,             -- order of creation
  id            TEXT NOT NULL UNIQUE,            -- 'iss-' + 32 hex digits
  experiment_id INTEGER NOT NULL REFERENCES experiments(id) ON DELETE CASCADE,
  name          TEXT NOT NULL,
  description   TEXT NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('pending', 'rejected', 'resolved')),
  severity      TEXT CHECK (severity IN ('not_an_issue', 'low', 'medium', 'high')),
  source_run_id TEXT,                            -- the candidate that showed it
  root_causes   TEXT NOT NULL DEFAULT '[]',      -- JSON list
  categories    TEXT NOT NULL DEFAULT '[]',      -- JSON list
  metadata      TEXT NOT NULL DEFAULT '{}',      -- JSON map
  created_by    TEXT,
  updated_by    TEXT,
  created_ms    INTEGER NOT NULL,
  updated_ms    INTEGER NOT NULL,
  seen_ms       INTEGER NOT NULL
);

-- Traces of MLflow's clients. The spans of one are its file traces.json (artifacts, owner 'trace:<id>').
CREATE TABLE traces (
  id            TEXT NOT NULL PRIMARY KEY,       -- the client's, or 32 hex digits
  experiment_id INTEGER NOT NULL REFERENCES experiments(id) ON DELETE CASCADE,
  start_ms      INTEGER NOT NULL,
  duration_ms   INTEGER,                         -- NULL: it has not ended
  state         TEXT NOT NULL,                   -- OK | ERROR | IN_PROGRESS | STATE_UNSPECIFIED
  details       TEXT NOT NULL DEFAULT '{}'       -- JSON: previews, the client's own id of the request, assessments
);
CREATE INDEX traces_by_time ON traces (experiment_id, start_ms);
CREATE TABLE trace_facts (
  trace_id TEXT NOT NULL REFERENCES traces(id) ON DELETE CASCADE,
  kind  TEXT NOT NULL CHECK (kind IN ('tag', 'metadata')),
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (trace_id, kind, name)
) WITHOUT ROWID;
CREATE TABLE trace_candidates (                  -- linked by clients, also before the trace has arrived
  trace_id     TEXT NOT NULL,
  candidate_id TEXT NOT NULL,
  PRIMARY KEY (trace_id, candidate_id)
) WITHOUT ROWID;

-- Sharing. A remote is a GitLab project; its token is never in this file.
CREATE TABLE remotes (
  name       TEXT PRIMARY KEY,                   -- 'default', 'staging', ...
  url        TEXT NOT NULL,                      -- instance, without user-info
  project    TEXT NOT NULL,                      -- path or numeric id
  facts      TEXT NOT NULL DEFAULT '{}',         -- JSON: project id, web_url, version, role, scopes, checked_ms
  paused     INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL
) WITHOUT ROWID;
-- What is dirty, never calls to replay. One row a thing and remote.
CREATE TABLE outbox (
  remote     TEXT NOT NULL REFERENCES remotes(name) ON DELETE CASCADE,
  kind       TEXT NOT NULL,                      -- candidate | version
  id         TEXT NOT NULL,
  dirty_seq  INTEGER NOT NULL,
  done_seq   INTEGER NOT NULL DEFAULT 0,
  state      TEXT NOT NULL DEFAULT 'queued',     -- queued | pushing | synced | held | error | waiting
  attempts   INTEGER NOT NULL DEFAULT 0,
  due_ms     INTEGER NOT NULL DEFAULT 0,         -- not before
  lease      TEXT,                               -- owner, while it is being pushed
  lease_until_ms INTEGER,
  progress   REAL,                               -- 0..1 while pushing
  files      TEXT,                               -- JSON: [{path, size, sent}] on their way, while pushing
  error      TEXT,                               -- JSON: {code, message, findings?}
  queued_ms  INTEGER NOT NULL,
  PRIMARY KEY (remote, kind, id)
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (remote, state, due_ms);
-- What we know of the other side.
CREATE TABLE remote_links (
  remote TEXT NOT NULL REFERENCES remotes(name) ON DELETE CASCADE,
  kind   TEXT NOT NULL,                          -- experiment | candidate | model | version
  id     TEXT NOT NULL,
  facts  TEXT NOT NULL,                          -- JSON: ids, iids, url, watermarks
  PRIMARY KEY (remote, kind, id)
) WITHOUT ROWID;
CREATE TABLE remote_files (
  remote TEXT NOT NULL REFERENCES remotes(name) ON DELETE CASCADE,
  owner  TEXT NOT NULL,                          -- as in artifacts
  path   TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  verified INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (remote, owner, path)
) WITHOUT ROWID;
-- Decisions about findings of the secret gate, by salted hash.
CREATE TABLE secret_decisions (
  hash     TEXT PRIMARY KEY,
  decision TEXT NOT NULL CHECK (decision IN ('redact', 'not_a_secret')),
  rule     TEXT NOT NULL,
  decided_ms INTEGER NOT NULL
) WITHOUT ROWID;
