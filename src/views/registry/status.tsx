import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { StatusGlyph } from '../shared/glyphs';
import { problemOf } from '../../models/problem';
import type { RegistryModel } from '../../models/registry';
import type { ModelVersion } from '../../models/types';

/** A version whose model is being loaded back, and one whose model could not be. */
export const PENDING = 'PENDING_REGISTRATION';
export const REFUSED = 'FAILED_REGISTRATION';

/** Whether a version is complete: a sign only where it is not. */
export function VersionStatus(props: {
  version: ModelVersion;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { version, trans } = props;
  switch (version.status) {
    case PENDING:
      return (
        <span title={trans.__('Its model is being loaded back')}>
          <StatusGlyph status="RUNNING" trans={trans} />
        </span>
      );
    case REFUSED:
      return (
        <span title={reasonOf(version, trans)}>
          <StatusGlyph status="FAILED" trans={trans} />
        </span>
      );
    default:
      return null;
  }
}

/** Why a version was refused, and what can be done about it. */
export function Refused(props: {
  version: ModelVersion;
  registry: RegistryModel;
  remove: () => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { version, registry, trans } = props;
  const [problem, setProblem] = React.useState('');
  const again = () => {
    setProblem('');
    registry
      .checkVersion(version.model, version.version)
      .catch(reason => setProblem(problemOf(reason).message));
  };
  return (
    <div className="jp-mlops-Refused">
      <p>{reasonOf(version, trans)}</p>
      {problem && <p role="alert">{problem}</p>}
      <button
        type="button"
        className="jp-mlops-LinkButton"
        aria-label={trans.__(
          'Check %1 %2 again',
          version.model,
          version.version
        )}
        onClick={again}
      >
        {trans.__('Check again')}
      </button>
      <button
        type="button"
        className="jp-mlops-LinkButton"
        aria-label={trans.__('Delete %1 %2', version.model, version.version)}
        onClick={props.remove}
      >
        {trans.__('Delete…')}
      </button>
    </div>
  );
}

/** The reason in words: what the check said comes after what the kernel said. */
function reasonOf(version: ModelVersion, trans: TranslationBundle): string {
  const reason = version.warnings?.find(warning => /loaded back/.test(warning));
  return trans.__(
    'Not complete, and not pushed: %1',
    reason ?? trans.__('its model could not be loaded back')
  );
}
