import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { paramTexts } from '../candidates/titles';
import { Delta, UnfoldButton } from '../shared/controls';
import { StarMark, StatusGlyph, SyncGlyph, statusName } from '../shared/glyphs';
import { originName, originWhy } from '../shared/origins';
import { formatAge, formatDelta, formatNumber, formatTime } from '../../format';
import type { IDelta } from '../../models/measure';
import { metricOf, ownMetric } from '../../models/measure';
import type { Candidate } from '../../models/types';

interface ICandidateRowProps {
  index: number;
  style: React.CSSProperties;
  candidate: Candidate;
  /** Names of the shown metrics, the primary one first. */
  metrics: readonly string[];
  /** The primary metric against the candidate before. */
  delta?: IDelta;
  /** Whether its primary metric is the best. */
  best: boolean;
  ticked: boolean;
  /** Whether the row takes the focus when the grid is entered. */
  active: boolean;
  /** Whether its children are shown; null: it has none to unfold. */
  unfolded: boolean | null;
  /** Whether it is shown below its parent. */
  child: boolean;
  now: number;
  /** Ticked or not; with all from the one that was last ticked where Shift was held. */
  onTick: (on: boolean, range: boolean) => void;
  onOpen: () => void;
  onUnfold: () => void;
  onFocus: () => void;
  trans: TranslationBundle;
}

/** One candidate: status and name over its kind, age and sync; metrics at the right. */
export const CandidateRow = React.memo(function CandidateRow(
  props: ICandidateRowProps
): React.ReactElement {
  const { candidate, metrics, delta, trans } = props;
  return (
    <div
      role="row"
      className="jp-mlops-Row jp-mlops-Candidate"
      style={props.style}
      aria-rowindex={props.index + 2}
      aria-selected={props.ticked}
      data-index={props.index}
      data-id={candidate.id}
      data-starred={candidate.starred || undefined}
      data-child={props.child || undefined}
      tabIndex={props.active ? 0 : -1}
      onFocus={props.onFocus}
      onClick={props.onOpen}
    >
      <span
        role="gridcell"
        className="jp-mlops-Row-check"
        onClick={event => event.stopPropagation()}
      >
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={trans.__('Select %1', candidate.name)}
          checked={props.ticked}
          onChange={event =>
            props.onTick(
              event.target.checked,
              (event.nativeEvent as MouseEvent).shiftKey
            )
          }
        />
      </span>
      <Who {...props} />
      {metrics.map((shown, index) => (
        <Metric
          key={shown}
          candidate={candidate}
          name={(index === 0 && ownInstead(props, shown)) || shown}
          own={index === 0 && ownInstead(props, shown) !== null}
          best={index === 0 && props.best}
          delta={index === 0 ? delta : undefined}
          trans={trans}
        />
      ))}
    </div>
  );
});

/** Status and name over kind, age and sync. */
function Who(props: ICandidateRowProps): React.ReactElement {
  const { candidate, trans } = props;
  const [first, ...rest] = props.child ? paramTexts(candidate) : [];
  const settings = rest.join(' · ');
  return (
    <span role="gridcell" className="jp-mlops-Row-main">
      <span className="jp-mlops-Row-title">
        <StatusGlyph status={candidate.status} trans={trans} />
        <span className="jp-mlops-Row-name" title={candidate.name}>
          {first ?? candidate.name}
        </span>
        {candidate.starred && <StarMark trans={trans} />}
      </span>
      <span className="jp-mlops-Row-meta">
        {props.unfolded !== null && (
          <UnfoldButton
            count={candidate.children ?? 0}
            unfolded={props.unfolded}
            onClick={props.onUnfold}
            trans={trans}
          />
        )}
        <span
          className="jp-mlops-Row-kind"
          data-error={candidate.error ? true : undefined}
          title={settings || kindTitle(candidate, trans)}
        >
          {settings || kindOf(candidate, trans)}
        </span>
        <span title={formatTime(candidate.start_time)}>
          {formatAge(candidate.start_time, props.now, trans)}
        </span>
        <SyncGlyph sync={candidate.sync} trans={trans} />
      </span>
    </span>
  );
}

/** The metric that an attempt is told by where it has none of the one that is shown. */
function ownInstead(
  { child, candidate }: ICandidateRowProps,
  shown: string
): string | null {
  return child && !candidate.metrics[shown] ? ownMetric(candidate) : null;
}

/** One metric: its value, and against the candidate before. */
function Metric(props: {
  candidate: Candidate;
  name: string;
  /** Whether it is another metric than the column's. */
  own: boolean;
  best: boolean;
  delta: IDelta | undefined;
  trans: TranslationBundle;
}): React.ReactElement {
  const { candidate, name, own, best, delta, trans } = props;
  return (
    <span role="gridcell" className="jp-mlops-Row-metric">
      <span
        className="jp-mlops-Row-value"
        data-best={best || undefined}
        data-own={own || undefined}
        title={best ? trans.__('%1: the best here', name) : name}
      >
        {formatNumber(metricOf(candidate, name))}
      </span>
      {delta && (
        <Delta
          absolute={delta.absolute}
          better={delta.better}
          title={trans.__(
            '%1 against the candidate before',
            formatDelta(delta.absolute)
          )}
          trans={trans}
        />
      )}
    </span>
  );
}

/** What the candidate is: its error, its model, else why it exists. */
function kindOf(candidate: Candidate, trans: TranslationBundle): string {
  if (candidate.error) {
    return candidate.error.name;
  }
  if (candidate.model_class) {
    const short = candidate.model_class.split('.').pop();
    return candidate.fits > 1
      ? trans.__('%1 ×%2', short, candidate.fits)
      : (short ?? '');
  }
  if (candidate.status !== 'FINISHED') {
    return statusName(candidate.status, trans);
  }
  return originName(candidate.origin, trans);
}

/** {@link kindOf} in full. */
function kindTitle(
  { error, origin, model_class }: Candidate,
  trans: TranslationBundle
): string | undefined {
  if (error) {
    return `${error.name}: ${error.message}`;
  }
  return model_class ?? (originWhy(origin, trans) || undefined);
}
