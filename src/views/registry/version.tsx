import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Aliases } from './aliases';
import { History } from './history';
import { Lineage } from './lineage';
import type { IVersionActions } from './parts';
import { Snippets } from './snippets';
import { PENDING, REFUSED, Refused } from './status';
import { Files, Metrics, Others } from './version-facts';
import { SyncGlyph, syncName } from '../shared/glyphs';
import { useModel } from '../shared/hooks';
import { Mime } from '../shared/mime';
import { Awaited, Blank } from '../shared/problem';
import { formatTime } from '../../format';
import { modelIcon } from '../../icons';
import type { ModelVersion } from '../../models/types';
import type { VersionModel } from '../../models/version';

/** One version of a model: its card, files, and how to load it. */
export function VersionView(props: {
  model: VersionModel;
  rendermime: IRenderMimeRegistry;
  actions: IVersionActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  useModel(model);
  const { version } = model;
  if (!version) {
    return <NoVersion model={model} trans={trans} />;
  }
  return (
    <article className="jp-mlops-VersionView">
      <Head {...props} version={version} />
      {version.status === PENDING && (
        <p className="jp-mlops-Notice" role="status">
          {trans.__(
            'Its model is being loaded back in a fresh process; then the version is complete.'
          )}
        </p>
      )}
      {version.status === REFUSED && (
        <Refused
          version={version}
          registry={model.registry}
          remove={() => actions.remove(version.model, version.version)}
          trans={trans}
        />
      )}
      {version.warnings?.map(warning => (
        <p key={warning} className="jp-mlops-Notice">
          {warning}
        </p>
      ))}
      {/* Without a card the facts have the whole width. */}
      <div
        className={
          version.card
            ? 'jp-mlops-VersionView-columns'
            : 'jp-mlops-VersionView-bare'
        }
      >
        <div>
          <Snippets version={version} trans={trans} />
          {version.card && (
            <section aria-label={trans.__('Model card')}>
              <Mime
                rendermime={props.rendermime}
                data={{ 'text/markdown': version.card }}
                className="jp-mlops-Markdown"
              />
            </section>
          )}
        </div>
        <aside>
          <Metrics model={model} version={version} trans={trans} />
          <History model={model} trans={trans} />
          <Lineage version={version} actions={actions} trans={trans} />
          <Files model={model} version={version} trans={trans} />
          <Others model={model} actions={actions} trans={trans} />
        </aside>
      </div>
    </article>
  );
}

/** Why there is no version: it is gone, could not be had, or is on its way. */
function NoVersion(props: {
  model: VersionModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const { problem } = model;
  if (problem?.code === 'not_found') {
    return (
      <Blank icon={modelIcon} title={trans.__('This version is gone')}>
        <p>{problem.message}</p>
      </Blank>
    );
  }
  return (
    <Awaited
      problem={problem}
      retry={() => void model.refresh()}
      rows={6}
      trans={trans}
    />
  );
}

function Head(props: {
  model: VersionModel;
  version: ModelVersion;
  actions: IVersionActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, version, actions, trans } = props;
  const { candidate, notebook } = version;
  return (
    <header className="jp-mlops-VersionView-head">
      <h2>
        <modelIcon.react tag="span" className="jp-mlops-Model-icon" />
        {version.model}
        <span className="jp-mlops-VersionView-number">{version.version}</span>
        <Aliases model={model} trans={trans} />
      </h2>
      <p className="jp-mlops-VersionView-facts">
        <span>{formatTime(version.created_time)}</span>
        {version.flavor && <span>{version.flavor}</span>}
        {candidate && (
          <button
            type="button"
            className="jp-mlops-LinkButton"
            onClick={() => actions.openCandidate(candidate)}
          >
            {version.candidate_name ?? trans.__('Candidate')}
          </button>
        )}
        {notebook && (
          <button
            type="button"
            className="jp-mlops-LinkButton"
            onClick={() => actions.openNotebook(notebook)}
          >
            {notebook}
          </button>
        )}
        <span className="jp-mlops-VersionView-sync">
          <SyncGlyph sync={version.sync} trans={trans} />
          {version.sync.url ? (
            <a
              href={version.sync.url}
              target="_blank"
              rel="noreferrer noopener"
            >
              {syncName(version.sync, trans)}
            </a>
          ) : (
            syncName(version.sync, trans)
          )}
        </span>
        <button
          type="button"
          className="jp-mlops-LinkButton jp-mlops-VersionView-delete"
          onClick={() => actions.remove(version.model, version.version)}
        >
          {trans.__('Delete…')}
        </button>
      </p>
    </header>
  );
}
