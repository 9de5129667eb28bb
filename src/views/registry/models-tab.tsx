import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { REFUSED, Refused, VersionStatus } from './status';
import { useClock } from '../shared/hooks';
import { StatusGlyph, SyncGlyph } from '../shared/glyphs';
import { MenuItem, Popover } from '../shared/popover';
import { Blank, ProblemView, Skeleton } from '../shared/problem';
import { CommandIDs } from '../../commands';
import { formatAge, formatNumber, formatTime } from '../../format';
import { modelIcon } from '../../icons';
import { numberOf } from '../../models/measure';
import { problemOf } from '../../models/problem';
import type { RegistryModel } from '../../models/registry';
import type { Model, ModelVersion, Registration } from '../../models/types';

interface IVersionActions {
  openVersion: (model: string, version: string) => void;
  run: (command: string, args: Record<string, string>) => void;
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
  if (!model.models.length && !model.waiting.length) {
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
    <div className="jp-mlops-Models">
      <Waiting model={model} now={now} trans={trans} />
      <ul aria-label={trans.__('Registered models')}>
        {model.models.map(item => (
          <ModelItem
            key={item.name}
            model={item}
            registry={model}
            actions={actions}
            now={now}
            trans={trans}
          />
        ))}
      </ul>
    </div>
  );
}

/** Registrations that wait for a kernel. */
function Waiting(props: {
  model: RegistryModel;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, now, trans } = props;
  const [problem, setProblem] = React.useState('');
  if (!model.waiting.length) {
    return null;
  }
  const cancel = (id: string) => {
    setProblem('');
    model
      .cancelRegistration(id)
      .catch(reason => setProblem(problemOf(reason).message));
  };
  return (
    <ul className="jp-mlops-Waiting" aria-label={trans.__('Being registered')}>
      {model.waiting.map(item => (
        <li key={item.id}>
          <StatusGlyph status="RUNNING" trans={trans} />
          <span className="jp-mlops-Waiting-what">
            <strong>
              {item.model} {item.version}
            </strong>
            <span className="jp-mlops-Muted" title={item.notebook ?? undefined}>
              {waitingText(item.state, trans)}
              {' · '}
              {formatAge(item.started_time, now, trans)}
            </span>
          </span>
          <button
            type="button"
            className="jp-mlops-LinkButton"
            aria-label={trans.__('Cancel registering %1', item.model)}
            disabled={item.state === 'storing'}
            onClick={() => cancel(item.id)}
          >
            {trans.__('Cancel')}
          </button>
        </li>
      ))}
      {problem && <li role="alert">{problem}</li>}
    </ul>
  );
}

function waitingText(
  state: Registration['state'],
  trans: TranslationBundle
): string {
  switch (state) {
    case 'queued':
      return trans.__('Waits for the kernel');
    case 'writing':
      return trans.__('The kernel writes it');
    case 'storing':
      return trans.__('Being stored');
  }
}

function ModelItem(props: {
  model: Model;
  registry: RegistryModel;
  actions: IVersionActions;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, now, trans } = props;
  return (
    <li className="jp-mlops-Model">
      <h3 className="jp-mlops-Model-name" title={model.description}>
        <modelIcon.react tag="span" className="jp-mlops-Model-icon" />
        <span className="jp-mlops-Model-text">{model.name}</span>
        <Popover
          label={trans.__('More about %1', model.name)}
          face={<ellipsesIcon.react tag="span" />}
          className="jp-mlops-IconButton"
          role="menu"
          align="right"
        >
          {close => (
            <>
              <MenuItem
                label={trans.__('Delete model…')}
                onSelect={() =>
                  actions.run(CommandIDs.deleteModel, { model: model.name })
                }
                close={close}
              />
              <MenuItem
                label={trans.__('Delete in GitLab…')}
                onSelect={() =>
                  actions.run(CommandIDs.deleteInGitLab, {
                    kind: 'model',
                    id: model.name
                  })
                }
                close={close}
              />
            </>
          )}
        </Popover>
      </h3>
      <ul
        className="jp-mlops-Versions"
        aria-label={trans.__('Versions of %1', model.name)}
      >
        {model.versions.map(version => (
          <VersionItem
            key={version.version}
            version={version}
            registry={props.registry}
            actions={actions}
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
  registry: RegistryModel;
  actions: IVersionActions;
  open: () => void;
  now: number;
  trans: TranslationBundle;
}): React.ReactElement {
  const { version, open, now, trans } = props;
  const [first] = Object.entries(version.metrics);
  const remove = () =>
    props.actions.run(CommandIDs.deleteModelVersion, {
      model: version.model,
      version: version.version
    });
  return (
    <li className="jp-mlops-VersionItem">
      <button type="button" className="jp-mlops-Version" onClick={open}>
        <VersionStatus version={version} trans={trans} />
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
      {version.status === REFUSED ? (
        <Refused
          version={version}
          registry={props.registry}
          remove={remove}
          trans={trans}
        />
      ) : (
        <Popover
          label={trans.__('More about %1 %2', version.model, version.version)}
          face={<ellipsesIcon.react tag="span" />}
          className="jp-mlops-IconButton"
          role="menu"
          align="right"
        >
          {close => (
            <MenuItem
              label={trans.__('Delete version…')}
              onSelect={remove}
              close={close}
            />
          )}
        </Popover>
      )}
    </li>
  );
}
