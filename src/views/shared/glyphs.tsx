/** Small signs that tell a state by shape and by colour. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { CandidateStatus, Sync } from '../../models/types';

const STATUS_SHAPES: Readonly<Record<CandidateStatus, React.ReactNode>> = {
  FINISHED: (
    <>
      <circle cx="7" cy="7" r="6" className="jp-mlops-Glyph-fill" />
      <path d="M4.2 7.2 6.2 9.2 9.9 5" className="jp-mlops-Glyph-mark" />
    </>
  ),
  FAILED: (
    <>
      <path
        d="M4.5 1h5L13 4.5v5L9.5 13h-5L1 9.5v-5z"
        className="jp-mlops-Glyph-fill"
      />
      <path
        d="M4.9 4.9l4.2 4.2M9.1 4.9 4.9 9.1"
        className="jp-mlops-Glyph-mark"
      />
    </>
  ),
  KILLED: (
    <>
      <rect
        x="1.2"
        y="1.2"
        width="11.6"
        height="11.6"
        rx="2"
        className="jp-mlops-Glyph-line"
      />
      <rect
        x="4.6"
        y="4.6"
        width="4.8"
        height="4.8"
        className="jp-mlops-Glyph-fill"
      />
    </>
  ),
  RUNNING: (
    <>
      <circle cx="7" cy="7" r="5.4" className="jp-mlops-Glyph-track" />
      <path d="M7 1.6A5.4 5.4 0 0 1 12.4 7" className="jp-mlops-Glyph-line" />
    </>
  ),
  SCHEDULED: (
    <>
      <circle cx="7" cy="7" r="5.4" className="jp-mlops-Glyph-line" />
      <path d="M7 4v3.2l2 1.4" className="jp-mlops-Glyph-line" />
    </>
  )
};

/** What a status is called. */
export function statusName(
  status: CandidateStatus,
  trans: TranslationBundle
): string {
  switch (status) {
    case 'FINISHED':
      return trans.__('Finished');
    case 'FAILED':
      return trans.__('Failed');
    case 'KILLED':
      return trans.__('Stopped');
    case 'RUNNING':
      return trans.__('Running');
    case 'SCHEDULED':
      return trans.__('Scheduled');
  }
}

/** The status of a candidate. */
export function StatusGlyph(props: {
  status: CandidateStatus;
  trans: TranslationBundle;
}): React.ReactElement {
  const name = statusName(props.status, props.trans);
  return (
    <svg
      className="jp-mlops-Glyph jp-mlops-StatusGlyph"
      data-status={props.status}
      viewBox="0 0 14 14"
      role="img"
      aria-label={name}
    >
      <title>{name}</title>
      {STATUS_SHAPES[props.status]}
    </svg>
  );
}

const SYNC_SHAPES: Readonly<Record<Sync['state'], React.ReactNode>> = {
  local: <circle cx="7" cy="7" r="2" className="jp-mlops-Glyph-line" />,
  queued: (
    <path
      d="M7 11.5v-9M3.8 5.6 7 2.4l3.2 3.2"
      className="jp-mlops-Glyph-line"
    />
  ),
  waiting: (
    <>
      <circle cx="7" cy="7" r="5" className="jp-mlops-Glyph-line" />
      <path d="M7 4.2V7.3l1.8 1.2" className="jp-mlops-Glyph-line" />
    </>
  ),
  pushing: (
    <>
      <circle cx="7" cy="7" r="5" className="jp-mlops-Glyph-track" />
      <path d="M7 2a5 5 0 0 1 5 5" className="jp-mlops-Glyph-line" />
    </>
  ),
  synced: (
    <>
      <path
        d="M4 11.3a2.7 2.7 0 0 1-.3-5.38 3.5 3.5 0 0 1 6.8.63A2.4 2.4 0 0 1 10.3 11.3z"
        className="jp-mlops-Glyph-line"
      />
      <path d="M5.2 8.4l1.3 1.3 2.3-2.6" className="jp-mlops-Glyph-line" />
    </>
  ),
  held: (
    <>
      <rect
        x="3"
        y="6.3"
        width="8"
        height="5.7"
        rx="1"
        className="jp-mlops-Glyph-line"
      />
      <path
        d="M4.8 6.2V4.6a2.2 2.2 0 0 1 4.4 0v1.6"
        className="jp-mlops-Glyph-line"
      />
    </>
  ),
  error: (
    <>
      <path d="M7 1.8 13 12.2H1z" className="jp-mlops-Glyph-line" />
      <path d="M7 5.6v3M7 10.3v.3" className="jp-mlops-Glyph-line" />
    </>
  )
};

/** What a sync state is called, with its progress or reason. */
export function syncName(sync: Sync, trans: TranslationBundle): string {
  switch (sync.state) {
    case 'local':
      return trans.__('Only here');
    case 'queued':
      return trans.__('Queued for GitLab');
    case 'waiting':
      return trans.__('Waiting for GitLab');
    case 'pushing':
      return sync.progress !== null && sync.progress !== undefined
        ? trans.__('Pushing to GitLab, %1 %', Math.round(sync.progress * 100))
        : trans.__('Pushing to GitLab');
    case 'synced':
      return trans.__('In GitLab');
    case 'held':
      return sync.error
        ? trans.__('Held: %1', sync.error)
        : trans.__('Held before leaving this machine');
    case 'error':
      return sync.error
        ? trans.__('Not pushed: %1', sync.error)
        : trans.__('Not pushed');
  }
}

/** Where a candidate or version stands on its way to GitLab. */
export function SyncGlyph(props: {
  sync: Sync;
  trans: TranslationBundle;
}): React.ReactElement {
  const name = syncName(props.sync, props.trans);
  return (
    <svg
      className="jp-mlops-Glyph jp-mlops-SyncGlyph"
      data-sync={props.sync.state}
      viewBox="0 0 14 14"
      role="img"
      aria-label={name}
    >
      <title>{name}</title>
      {SYNC_SHAPES[props.sync.state]}
    </svg>
  );
}

/** That somebody starred it. */
export function StarMark(props: {
  trans: TranslationBundle;
}): React.ReactElement {
  return (
    <span
      className="jp-mlops-Row-star"
      role="img"
      aria-label={props.trans.__('Starred')}
    >
      ★
    </span>
  );
}
