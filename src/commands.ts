/** The commands of this extension and what they take. */
export namespace CommandIDs {
  export const openCandidates = 'mlops:open-candidates';
  export const openCandidate = 'mlops:open-candidate';
  export const openTable = 'mlops:open-table';
  export const compare = 'mlops:compare';
  export const registerModel = 'mlops:register-model';
  export const openModelVersion = 'mlops:open-model-version';
  export const deleteModelVersion = 'mlops:delete-model-version';
  export const deleteModel = 'mlops:delete-model';
  export const connectGitLab = 'mlops:connect-gitlab';
  export const showQueue = 'mlops:show-queue';
  export const syncNow = 'mlops:sync-now';
  export const deleteInGitLab = 'mlops:delete-in-gitlab';
  export const toggleRecording = 'mlops:toggle-recording';
  export const nameExperiment = 'mlops:name-experiment';
  export const nameRun = 'mlops:name-run';
  export const discardRun = 'mlops:discard-run';
  export const insertOutput = 'mlops:insert-output';
  export const renameCandidate = 'mlops:rename-candidate';
  export const deleteCandidates = 'mlops:delete-candidates';
  export const showDeleted = 'mlops:show-deleted';
  export const restoreCandidates = 'mlops:restore-candidates';
  export const deleteForGood = 'mlops:delete-for-good';
  export const starCandidate = 'mlops:star-candidate';
  export const runAgain = 'mlops:run-again';
  export const runWithParameters = 'mlops:run-with-parameters';
  export const runGrid = 'mlops:run-grid';
  export const openReproduction = 'mlops:open-reproduction';
  export const openAsItRan = 'mlops:open-as-it-ran';
  export const restoreCopy = 'mlops:restore-copy';
  export const refresh = 'mlops:refresh';
}

/** The palette's heading of our commands. */
export const PALETTE_CATEGORY = 'MLOps';

/** JSON schema of the arguments of commands on one candidate. */
export const CANDIDATE_ARGS = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'The id of a candidate' }
  }
} as const;

/** JSON schema of the arguments of commands on a thing that may be in GitLab. */
export const SHARED_ARGS = {
  type: 'object',
  properties: {
    kind: {
      type: 'string',
      enum: ['candidate', 'version', 'model'],
      description: 'What it is; a candidate when absent'
    },
    id: {
      type: 'string',
      description:
        "The id of a candidate, a model's name, or a version as name@1.2.3; the candidate whose context menu is open when absent"
    }
  }
} as const;

/** JSON schema of the arguments of commands on one candidate that may be that of a row. */
export const ROW_ARGS = {
  type: 'object',
  properties: {
    ...CANDIDATE_ARGS.properties,
    row: {
      type: 'boolean',
      description: 'Whether it is the candidate whose context menu is open'
    }
  }
} as const;

/** JSON schema of the arguments of commands on several candidates. */
export const CANDIDATES_ARGS = {
  type: 'object',
  properties: {
    ids: {
      type: 'array',
      items: { type: 'string' },
      description: 'Ids of candidates; the ticked ones when absent'
    }
  }
} as const;

/** JSON schema of the arguments of a comparison. */
export const COMPARISON_ARGS = {
  type: 'object',
  properties: {
    ...CANDIDATES_ARGS.properties,
    baseline: {
      type: 'string',
      description: 'The id of the baseline; the first candidate when absent'
    },
    tab: {
      type: 'string',
      enum: ['differences', 'charts', 'code', 'artifacts'],
      description: 'The tab that is shown first'
    },
    differencesOnly: {
      type: 'boolean',
      description: 'Whether rows with equal values are left out'
    },
    charts: {
      type: 'object',
      description: 'How charts are drawn, as a comparison keeps it'
    }
  }
} as const;

/** JSON schema of commands that take nothing. */
export const NO_ARGS = { type: 'object', properties: {} } as const;

/** JSON schema of the arguments of commands on a model version. */
export const VERSION_ARGS = {
  type: 'object',
  required: ['model', 'version'],
  properties: {
    model: { type: 'string', description: 'The name of a registered model' },
    version: { type: 'string', description: 'A semantic version of it' }
  }
} as const;

/** JSON schema of the arguments of commands on a registered model. */
export const MODEL_ARGS = {
  type: 'object',
  required: ['model'],
  properties: { model: VERSION_ARGS.properties.model }
} as const;
