import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useClock } from '../shared/hooks';
import { SyncGlyph } from '../shared/glyphs';
import { Blank, ProblemView, Skeleton } from '../shared/problem';
import { formatAge, formatNumber, formatTime } from '../../format';
import { modelIcon } from '../../icons';
import { numberOf } from '../../models/measure';
import type { RegistryModel } from '../../models/registry';
import type { Model, ModelVersion } from '../../models/types';

interface IVersionActions {
  openVersion: (model: string, version: string) => void;
}

/** Registered models with their versions, newest first. */
export function ModelsTab(props: {
  model: RegistryModel;
  actions: IVersionActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  const now = useClock();
  if (model.problem) {
    return (
      <ProblemView
        problem={model.problem}
        retry={() => void model.refresh()}
        trans={trans}
      />
    );
  }
  if (!model.models) {
    return <Skeleton rows={4} />;
  }
  if (!model.models.length) {
    return (
      <Blank icon={modelIcon} title={trans.__('No models yet')}>
        <p>
          {trans.__(
            'Click into a cell that trained a model and press the box in its toolbar: Register model.'
          )}
        </p>
      </Blank>
    );
  }
  return (
    <ul className="jp-mlops-Models" aria-label={trans.__('Registered models')}>
      {model.models.map(item => (
        <ModelItem
          key={item.name}
          model={item}
          actions={actions}
          now={now}
          trans={trans}
        />
      ))}
    </ul>
  );
}

function ModelItem(props: {
  model: Model;
  actions: IVersionActions;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, now, trans } = props;
  return (
    <li className="jp-mlops-Model">
      <h3 className="jp-mlops-Model-name" title={model.description}>
        <modelIcon.react tag="span" className="jp-mlops-Model-icon" />
        <span>{model.name}</span>
      </h3>
      <ul
        className="jp-mlops-Versions"
        aria-label={trans.__('Versions of %1', model.name)}
      >
        {model.versions.map(version => (
          <VersionItem
            key={version.version}
            version={version}
            open={() => actions.openVersion(model.name, version.version)}
            now={now}
            trans={trans}
          />
        ))}
      </ul>
    </li>
  );
}

function VersionItem(props: {
  version: ModelVersion;
  open: () => void;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { version, open, now, trans } = props;
  const [first] = Object.entries(version.metrics);
  return (
    <li>
      <button type="button" className="jp-mlops-Version" onClick={open}>
        <span className="jp-mlops-Version-number">{version.version}</span>
        {version.aliases?.map(alias => (
          <span key={alias} className="jp-mlops-Badge">
            {alias}
          </span>
        ))}
        <span
          className="jp-mlops-Version-from"
          title={version.candidate_name ?? undefined}
        >
          {version.candidate_name}
        </span>
        {first && (
          <span className="jp-mlops-Version-metric" title={first[0]}>
            {formatNumber(numberOf(first[1].last))}
          </span>
        )}
        <span
          className="jp-mlops-Version-age"
          title={formatTime(version.created_time)}
        >
          {formatAge(version.created_time, now, trans)}
        </span>
        <SyncGlyph sync={version.sync} trans={trans} />
      </button>
    </li>
  );
}
