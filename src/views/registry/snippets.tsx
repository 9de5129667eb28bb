import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from '../shared/controls';
import type { ModelVersion } from '../../models/types';

/** How to load the version, one way at a time, ready to copy. */
export function Snippets(props: {
  version: ModelVersion;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { version, trans } = props;
  const snippets = Object.entries(version.snippets ?? {});
  const [name, setName] = React.useState(snippets[0]?.[0]);
  const text = version.snippets?.[name];
  if (!text) {
    return null;
  }
  return (
    <section className="jp-mlops-Snippets" aria-label={trans.__('Load it')}>
      <div className="jp-mlops-Snippets-bar">
        <span className="jp-mlops-Snippets-title">{trans.__('Load it')}</span>
        {snippets.map(([key]) => (
          <button
            key={key}
            type="button"
            className="jp-mlops-Chip"
            aria-pressed={key === name}
            onClick={() => setName(key)}
          >
            {key}
          </button>
        ))}
        <IconButton
          icon={copyIcon}
          label={trans.__('Copy')}
          onClick={() => Clipboard.copyToSystem(text)}
        />
      </div>
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
