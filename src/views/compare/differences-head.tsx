import * as React from 'react';

import type { IColumnsInSight } from './differences-layout';
import type { ITabProps } from './parts';
import { Swatch } from '../shared/swatch';
import { StatusGlyph } from '../shared/glyphs';
import type { CandidateDetail } from '../../models/types';

/** The heads of the columns: who it is, and whether it is the baseline. */
export function DifferencesHead(
  props: ITabProps &
    IColumnsInSight & {
      candidates: readonly CandidateDetail[];
      /** Pixels. */
      height: number;
    }
): React.ReactElement {
  const { model, comparison, candidates, styles, actions, trans } = props;
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="jp-mlops-Differences-head"
      style={{ height: props.height }}
    >
      <div
        role="columnheader"
        className="jp-mlops-Differences-name"
        style={{ width: props.nameWidth }}
      >
        <span className="jp-mlops-Muted">
          {trans._n('%1 candidate', '%1 candidates', candidates.length)}
        </span>
      </div>
      <div role="presentation" style={{ flex: 'none', width: props.before }} />
      {props.inSight.map(({ index }) => {
        const candidate = candidates[index];
        const style = styles.get(candidate.id);
        const isBaseline = candidate.id === comparison.baseline;
        return (
          <div
            key={candidate.id}
            role="columnheader"
            aria-colindex={index + 2}
            className="jp-mlops-Differences-column"
            data-baseline={isBaseline || undefined}
            style={{ width: props.columnWidth }}
          >
            <span className="jp-mlops-Differences-who">
              <StatusGlyph status={candidate.status} trans={trans} />
              <button
                type="button"
                className="jp-mlops-Differences-open"
                title={trans.__('Open %1', candidate.name)}
                onClick={() => actions.openCandidate(candidate.id)}
              >
                {candidate.name}
              </button>
            </span>
            <span className="jp-mlops-Differences-base">
              {style && <Swatch style={style} />}
              {isBaseline ? (
                <span className="jp-mlops-Badge">{trans.__('Baseline')}</span>
              ) : (
                <button
                  type="button"
                  className="jp-mlops-LinkButton"
                  aria-label={trans.__('Make baseline: %1', candidate.name)}
                  onClick={() => void model.setBaseline(candidate.id)}
                >
                  {trans.__('Make baseline')}
                </button>
              )}
            </span>
          </div>
        );
      })}
    </div>
  );
}
