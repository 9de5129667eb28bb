import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IVersionActions } from './parts';
import { formatSize } from '../../format';
import type { ModelVersion } from '../../models/types';

/** Data files that are listed at first. */
const MOST = 8;

/** What a version was made from: candidate, notebook, commit, data. */
export function Lineage(props: {
  version: ModelVersion;
  actions: IVersionActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { version, actions, trans } = props;
  const [all, setAll] = React.useState(false);
  const { lineage } = version;
  const heading = trans.__('Lineage');
  if (!lineage) {
    return (
      <section aria-label={heading}>
        <h3>{heading}</h3>
        <p className="jp-mlops-Muted">
          {trans.__('What this version was made from is not known here.')}
        </p>
      </section>
    );
  }
  const { inputs } = lineage;
  return (
    <section aria-label={heading}>
      <h3>{heading}</h3>
      <dl className="jp-mlops-FactList">
        {factsOf(lineage, actions, trans)
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {inputs.slice(0, all ? undefined : MOST).map(file => (
          <div key={file.path}>
            <dt title={file.path}>{trans.__('Data')}</dt>
            <dd title={`${file.path}\nsha256 ${file.sha256}`}>
              {file.path.split('/').pop()}{' '}
              <span className="jp-mlops-Muted">
                {formatSize(file.size)} {file.sha256.slice(0, 8)}
              </span>
            </dd>
          </div>
        ))}
      </dl>
      {inputs.length > MOST && !all && (
        <Link
          text={trans.__('Show %1 more', inputs.length - MOST)}
          onClick={() => setAll(true)}
        />
      )}
    </section>
  );
}

/** What is known of the origin, by name; nothing where it is not. */
function factsOf(
  lineage: NonNullable<ModelVersion['lineage']>,
  actions: IVersionActions,
  trans: TranslationBundle
): [string, React.ReactNode][] {
  const { candidate, notebook, commit } = lineage;
  return [
    [
      trans.__('Candidate'),
      <Link
        text={candidate.name}
        onClick={() => actions.openCandidate(candidate.id)}
      />
    ],
    [trans.__('Experiment'), lineage.experiment],
    [trans.__('Model'), lineage.model_class],
    [
      trans.__('Notebook'),
      notebook && (
        <Link text={notebook} onClick={() => actions.openNotebook(notebook)} />
      )
    ],
    [
      trans.__('Commit'),
      commit && (
        <>
          <code title={commit}>{commit.slice(0, 12)}</code>
          {lineage.dirty && ` ${trans.__('with changes')}`}
        </>
      )
    ],
    [
      trans.__('Reproducibility'),
      lineage.score === null
        ? null
        : `${trans.__('%1 of 100', lineage.score)}${
            lineage.verified ? `, ${trans.__('verified')}` : ''
          }`
    ]
  ];
}

function Link(props: {
  text: string;
  onClick: () => void;
}): React.ReactElement {
  return (
    <button
      type="button"
      className="jp-mlops-LinkButton"
      onClick={props.onClick}
    >
      {props.text}
    </button>
  );
}
