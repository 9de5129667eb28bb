import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IVersionActions } from './parts';
import { formatDelta, formatNumber, formatSize } from '../../format';
import { numberOf } from '../../models/measure';
import type { ModelVersion } from '../../models/types';
import type { VersionModel } from '../../models/version';

/** Metrics, each against the version before. */
export function Metrics(props: {
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

/** The files of the version, and all of them at once. */
export function Files(props: {
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
export function Others(props: {
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
