import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatSize } from '../../format';
import type { IDryRun, IFinding } from '../../models/sync';

/** What a push would send, in one sentence. */
function dryRunText(found: IDryRun, trans: TranslationBundle): string {
  const { candidates, versions, files } = found;
  if (!candidates && !versions) {
    return trans.__('Nothing is left to push.');
  }
  const things = [
    candidates && trans._n('%1 candidate', '%1 candidates', candidates),
    versions && trans._n('%1 model version', '%1 model versions', versions)
  ].filter(Boolean);
  return trans.__(
    'A push would send %1 with %2 (%3).',
    things.join(', '),
    trans._n('%1 file', '%1 files', files),
    formatSize(found.bytes)
  );
}

/** What a push would send, and what the secret gate would hold back. */
export function DryRun(props: {
  found: IDryRun;
  trans: TranslationBundle;
}): React.ReactElement {
  const { found, trans } = props;
  return (
    <div className="jp-mlops-DryRun" role="status">
      <p>{dryRunText(found, trans)}</p>
      {found.held > 0 && (
        <>
          <p>
            {trans._n(
              '%1 of them would be held for a possible secret:',
              '%1 of them would be held for possible secrets:',
              found.held
            )}
          </p>
          <Findings findings={found.findings} trans={trans} />
        </>
      )}
    </div>
  );
}

/** Places of possible secrets, with the line and the secret in it masked. */
export function Findings(props: {
  findings: readonly IFinding[];
  trans: TranslationBundle;
  /** How many are shown. */
  most?: number;
}): React.ReactElement {
  const { findings, trans, most = 5 } = props;
  const more = findings.length - most;
  return (
    <ul className="jp-mlops-Findings" aria-label={trans.__('Possible secrets')}>
      {findings.slice(0, most).map((finding, index) => (
        <li key={index}>
          <span>
            {finding.line
              ? trans.__(
                  '%1 in %2, line %3',
                  finding.rule,
                  finding.where,
                  finding.line
                )
              : trans.__('%1 in %2', finding.rule, finding.where)}
          </span>
          <code>{finding.masked.trim()}</code>
        </li>
      ))}
      {more > 0 && <li>{trans._n('and %1 more', 'and %1 more', more)}</li>}
    </ul>
  );
}
