import { editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ISectionProps } from './parts';
import { ReproduceMenu } from '../reproduce/menu';
import { IconButton } from '../shared/controls';
import { StatusGlyph, SyncGlyph, statusName, syncName } from '../shared/glyphs';
import { originName, originWhy } from '../shared/origins';
import { formatDuration, formatTime } from '../../format';
import { starIcon } from '../../icons';

/** Origins of candidates that no model and no code of the person's explains. */
const BESIDE_MODELS: ReadonlySet<string> = new Set(['measured', 'notebook']);

/** Who the candidate is, and what can be done with it. */
export function Head(props: ISectionProps): React.ReactElement {
  const { model, candidate, trans } = props;
  const { sync } = candidate;
  const facts = [
    statusName(candidate.status, trans),
    candidate.experiment,
    candidate.model_class ?? originName(candidate.origin, trans),
    formatTime(candidate.start_time),
    candidate.duration_s === null ? '' : formatDuration(candidate.duration_s)
  ].filter(Boolean);
  return (
    <div className="jp-mlops-Detail-head">
      <div className="jp-mlops-Detail-who">
        <StatusGlyph status={candidate.status} trans={trans} />
        <Name {...props} />
        <IconButton
          icon={starIcon}
          className="jp-mlops-Detail-star"
          label={candidate.starred ? trans.__('Remove star') : trans.__('Star')}
          pressed={candidate.starred}
          onClick={() => void model.star(!candidate.starred)}
        />
        {candidate.verified && (
          <span
            className="jp-mlops-Badge"
            title={trans.__('It was run again with the same result')}
          >
            {trans.__('Verified')}
          </span>
        )}
      </div>
      <Actions {...props} />
      <p className="jp-mlops-Detail-facts">
        {facts.map((fact, index) => (
          <span key={index}>{fact}</span>
        ))}
        <span className="jp-mlops-Detail-sync">
          <SyncGlyph sync={sync} trans={trans} />
          {sync.url ? (
            <a href={sync.url} target="_blank" rel="noopener noreferrer">
              {trans.__('Open in GitLab')}
            </a>
          ) : (
            syncName(sync, trans)
          )}
        </span>
      </p>
      {BESIDE_MODELS.has(candidate.origin) && (
        <p className="jp-mlops-Detail-origin">
          {originWhy(candidate.origin, trans)}
        </p>
      )}
      {model.changeProblem && (
        <p className="jp-mlops-Detail-refused" role="alert">
          {trans.__('Not kept: %1', model.changeProblem.message)}
        </p>
      )}
    </div>
  );
}

/** Where to go from the candidate, and what to do with it. */
function Actions(props: ISectionProps): React.ReactElement {
  const { candidate, actions, trans } = props;
  const { notebook, parent } = candidate;
  return (
    <div className="jp-mlops-Detail-actions">
      {notebook && (
        <button
          type="button"
          className="jp-mlops-Button"
          title={notebook}
          onClick={() => actions.openNotebook(notebook)}
        >
          {trans.__('Open notebook')}
        </button>
      )}
      {parent && (
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={() => actions.openCandidate(parent)}
        >
          {trans.__('Open parent')}
        </button>
      )}
      {notebook && (
        <ReproduceMenu
          run={command => actions.run(command, candidate.id)}
          trans={trans}
        />
      )}
      <button
        type="button"
        className="jp-mlops-Button jp-mod-primary"
        onClick={() => actions.register(candidate.id)}
      >
        {trans.__('Register model')}
      </button>
    </div>
  );
}

/** The name, which can be changed in place. */
function Name(props: ISectionProps): React.ReactElement {
  const { model, candidate, trans } = props;
  const [text, setText] = React.useState<string | null>(null);
  const button = React.useRef<HTMLSpanElement>(null);
  const close = () => {
    setText(null);
    requestAnimationFrame(() =>
      button.current?.querySelector('button')?.focus()
    );
  };
  const keep = () => {
    const name = text?.trim();
    if (name && name !== candidate.name) {
      void model.rename(name);
    }
    close();
  };
  if (text === null) {
    return (
      <>
        <h1 title={candidate.name}>{candidate.name}</h1>
        <span ref={button} className="jp-mlops-Detail-rename">
          <IconButton
            icon={editIcon}
            label={trans.__('Rename')}
            onClick={() => setText(candidate.name)}
          />
        </span>
      </>
    );
  }
  return (
    <input
      className="jp-mlops-Input jp-mlops-Detail-name"
      aria-label={trans.__('Name')}
      value={text}
      autoFocus
      onFocus={event => event.target.select()}
      onChange={event => setText(event.target.value)}
      onBlur={keep}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          keep();
        } else if (event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
      }}
    />
  );
}
