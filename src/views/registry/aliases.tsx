import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { problemOf } from '../../models/problem';
import type { VersionModel } from '../../models/version';

/** The aliases of a version, such as champion: added, moved here, removed. */
export function Aliases(props: {
  model: VersionModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const [text, setText] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState('');
  const button = React.useRef<HTMLButtonElement>(null);
  const aliases = model.version?.aliases ?? [];
  const close = () => {
    setText(null);
    requestAnimationFrame(() => button.current?.focus());
  };
  const set = async (wanted: string[]) => {
    setProblem('');
    try {
      await model.setAliases(wanted);
      close();
    } catch (reason) {
      setProblem(problemOf(reason).message);
    }
  };
  const alias = text?.trim() ?? '';
  const elsewhere = alias ? model.versionOf(alias) : null;
  const moves = elsewhere && elsewhere !== model.number;
  return (
    <span className="jp-mlops-Aliases">
      {aliases.map(each => (
        <span key={each} className="jp-mlops-Badge">
          {each}
          <button
            type="button"
            aria-label={trans.__('Remove alias %1', each)}
            title={trans.__('Remove alias %1', each)}
            onClick={() => void set(aliases.filter(other => other !== each))}
          >
            <span aria-hidden="true">×</span>
          </button>
        </span>
      ))}
      {text === null ? (
        <button
          ref={button}
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => setText('')}
        >
          {trans.__('Add alias')}
        </button>
      ) : (
        <AliasInput
          text={text}
          setText={setText}
          keep={() => void set([...new Set([...aliases, alias])])}
          close={close}
          trans={trans}
        />
      )}
      {moves && (
        <span className="jp-mlops-Muted" role="status">
          {trans.__('%1 is %2 now: it moves here.', elsewhere, alias)}
        </span>
      )}
      {problem && (
        <span className="jp-mlops-Aliases-problem" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}

/** An alias as it is written: Enter keeps it, Escape leaves it. */
function AliasInput(props: {
  text: string;
  setText: (text: string | null) => void;
  keep: () => void;
  close: () => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { text, setText, trans } = props;
  return (
    <input
      className="jp-mlops-Input"
      aria-label={trans.__('Alias')}
      placeholder={trans.__('Such as champion')}
      value={text}
      autoFocus
      spellCheck={false}
      onChange={event => setText(event.target.value)}
      onBlur={() => !text.trim() && setText(null)}
      onKeyDown={event => {
        if (event.key === 'Enter' && text.trim()) {
          props.keep();
        } else if (event.key === 'Escape') {
          event.stopPropagation();
          props.close();
        }
      }}
    />
  );
}
