import { Clipboard } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Aliases } from './aliases';
import { History } from './history';
import { Lineage } from './lineage';
import type { IVersionActions } from './parts';
import { PENDING, REFUSED, Refused } from './status';
import { IconButton } from '../shared/controls';
import { SyncGlyph, syncName } from '../shared/glyphs';
import { useModel } from '../shared/hooks';
import { Mime } from '../shared/mime';
import { Blank, ProblemView, Skeleton } from '../shared/problem';
import {
  formatDelta,
  formatNumber,
  formatSize,
  formatTime
} from '../../format';
import { modelIcon } from '../../icons';
import { numberOf } from '../../models/measure';
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
  const { version, problem } = model;
  if (!version) {
    if (problem?.code === 'not_found') {
      return (
        <Blank icon={modelIcon} title={trans.__('This version is gone')}>
          <p>{problem.message}</p>
        </Blank>
      );
    }
    return problem ? (
      <ProblemView
        problem={problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
    ) : (
      <Skeleton rows={6} />
    );
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

/** How to load the version, one way at a time, ready to copy. */
function Snippets(props: {
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

/** Metrics, each against the version before. */
function Metrics(props: {
  model: VersionModel;
  version: ModelVersion;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, version, trans } = props;
  const names = Object.keys(version.metrics).sort();
  const before = model.before;
  if (!names.length) {
    return null;
  }
  return (
    <section>
      <h3>{trans.__('Metrics')}</h3>
      <table className="jp-mlops-Facts">
        <thead className={before ? undefined : 'jp-mlops-Hidden'}>
          <tr>
            <th scope="col">{trans.__('Metric')}</th>
            <th scope="col">{version.version}</th>
            {before && (
              <th scope="col">{trans.__('since %1', before.version)}</th>
            )}
          </tr>
        </thead>
        <tbody>
          {names.map(name => {
            const value = numberOf(version.metrics[name].last);
            const old = numberOf(before?.metrics[name]?.last);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{formatNumber(value)}</td>
                {before && (
                  <td className="jp-mlops-Muted">
                    {value !== null && old !== null
                      ? formatDelta(value - old)
                      : '–'}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Files(props: {
  model: VersionModel;
  version: ModelVersion;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, version, trans } = props;
  const files = version.artifacts ?? [];
  if (!files.length) {
    return null;
  }
  return (
    <section aria-label={trans.__('Files')}>
      <h3>
        {trans.__('Files')}
        <a href={model.archiveUrl} download>
          {trans.__('Download all')}
        </a>
      </h3>
      <ul className="jp-mlops-Files">
        {files.map(file => (
          <li key={file.path}>
            <a href={model.fileUrl(file.path)} download title={file.sha256}>
              {file.path}
            </a>
            <span className="jp-mlops-Muted">{formatSize(file.size)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The other versions of the model. */
function Others(props: {
  model: VersionModel;
  actions: IVersionActions;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, actions, trans } = props;
  const others = model.siblings.filter(
    item => item.version !== model.version?.version
  );
  const mine = model.version?.candidate;
  if (!others.length) {
    return null;
  }
  return (
    <section aria-label={trans.__('Other versions')}>
      <h3>{trans.__('Other versions')}</h3>
      <ul className="jp-mlops-Files">
        {others.map(item => (
          <li key={item.version}>
            <button
              type="button"
              className="jp-mlops-LinkButton"
              onClick={() => actions.openVersion(item.model, item.version)}
            >
              {item.version}
            </button>
            <span className="jp-mlops-Muted">{item.candidate_name}</span>
            {mine && item.candidate && item.candidate !== mine && (
              <button
                type="button"
                className="jp-mlops-LinkButton"
                aria-label={trans.__('Compare with %1', item.version)}
                onClick={() => actions.compare([item.candidate!, mine])}
              >
                {trans.__('Compare')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
