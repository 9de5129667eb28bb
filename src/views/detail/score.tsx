import * as React from 'react';

import type { ISectionProps } from './parts';
import { Section } from './section';

/** How well the candidate could be made again, and what that rests on. */
export function Score({
  candidate,
  trans
}: ISectionProps): React.ReactElement | null {
  const { score, score_reasons: reasons = [] } = candidate;
  if (score === null) {
    return null;
  }
  return (
    <Section
      title={trans.__('Reproducibility')}
      controls={
        <span className="jp-mlops-Score-total">
          {trans.__('%1 of 100', score)}
        </span>
      }
    >
      <ul className="jp-mlops-Score">
        {reasons.map(({ name, points, of, message }) => (
          <li key={name} data-full={points >= of || undefined}>
            <meter
              min={0}
              max={of}
              value={points}
              aria-label={trans.__('%1: %2 of %3', name, points, of)}
            />
            <span>{message}</span>
            <span className="jp-mlops-Muted">
              {points}/{of}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
