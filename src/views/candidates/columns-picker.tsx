import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { attributeTitle } from './titles';
import { Popover } from '../shared/popover';
import { columnsIcon } from '../../icons';
import type { CandidatesModel } from '../../models/candidates';
import { ATTRIBUTES } from '../../models/columns';
import type { Keys } from '../../models/types';

/** Names that are listed at once; a search narrows more. */
const LISTED = 100;
/** Milliseconds after the last key before names are searched at the server. */
const TYPING = 150;

/** Choose the table's columns among all names of the experiment. */
export function ColumnsPicker(props: {
  model: CandidatesModel;
  /** The columns in sight, in order. */
  shown: readonly string[];
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, shown, trans } = props;
  return (
    <Popover
      role="dialog"
      align="right"
      label={trans.__('Columns')}
      face={
        <>
          <columnsIcon.react tag="span" className="jp-mlops-Button-icon" />
          {trans.__('Columns')}
        </>
      }
    >
      {() => <Choices model={model} shown={shown} trans={trans} />}
    </Popover>
  );
}

function Choices(props: {
  model: CandidatesModel;
  shown: readonly string[];
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, shown, trans } = props;
  const [text, setText] = React.useState('');
  const keys = useKeys(model, text.trim());
  const needle = text.trim().toLowerCase();
  const kinds = [
    { kind: 'metrics', title: trans.__('Metrics') },
    { kind: 'params', title: trans.__('Params') },
    { kind: 'tags', title: trans.__('Tags') }
  ] as const;
  const groups = [
    ...kinds.map(({ kind, title }) => ({
      title,
      items: (keys?.[kind] ?? []).map(({ name }) => ({
        id: `${kind}.${name}`,
        label: name
      })),
      total: keys?.totals[kind] ?? 0
    })),
    {
      title: trans.__('Facts'),
      items: ATTRIBUTES.map(name => ({
        id: `attributes.${name}`,
        label: attributeTitle(name, trans)
      })),
      total: 0
    }
  ];
  const toggle = (id: string) =>
    model.choose({
      columns: shown.includes(id)
        ? shown.filter(column => column !== id)
        : [...shown, id]
    });
  return (
    <div className="jp-mlops-Picker">
      <input
        type="search"
        aria-label={trans.__('Search columns')}
        placeholder={trans.__('Search columns')}
        value={text}
        onChange={event => setText(event.target.value)}
      />
      <div className="jp-mlops-Picker-list">
        {keys &&
          !groups.some(({ items }) =>
            items.some(({ label }) => label.toLowerCase().includes(needle))
          ) && (
            <p className="jp-mlops-Muted">
              {trans.__('No column has this name')}
            </p>
          )}
        {groups.map(group => (
          <Group
            key={group.title}
            {...group}
            needle={needle}
            shown={shown}
            toggle={toggle}
            trans={trans}
          />
        ))}
      </div>
      <button
        type="button"
        className="jp-mlops-LinkButton"
        onClick={() => model.choose({ columns: null, pinned: [], widths: {} })}
      >
        {trans.__('Choose by themselves')}
      </button>
    </div>
  );
}

/** Names of one kind that are found, as many as are listed at once. */
function Group(props: {
  title: string;
  items: readonly { id: string; label: string }[];
  /** How many there are, those that are not at hand too. */
  total: number;
  /** What a label contains, in small letters. */
  needle: string;
  shown: readonly string[];
  toggle: (id: string) => void;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { needle, shown, toggle, trans } = props;
  const found = props.items.filter(item =>
    item.label.toLowerCase().includes(needle)
  );
  if (!found.length) {
    return null;
  }
  const more =
    Math.max(props.total, found.length) - Math.min(found.length, LISTED);
  return (
    <fieldset>
      <legend>{props.title}</legend>
      {found.slice(0, LISTED).map(item => (
        <label key={item.id} title={item.label}>
          <input
            type="checkbox"
            checked={shown.includes(item.id)}
            onChange={() => toggle(item.id)}
          />
          <span>{item.label}</span>
        </label>
      ))}
      {more > 0 && (
        <p className="jp-mlops-Muted">
          {trans._n(
            'and %1 more: search for it',
            'and %1 more: search for them',
            more
          )}
        </p>
      )}
    </fieldset>
  );
}

/** The names that contain a text: those at hand, or asked for where there are more. */
function useKeys(model: CandidatesModel, text: string): Keys | null {
  const [found, setFound] = React.useState<{ text: string; keys: Keys }>();
  const { keys } = model;
  const complete =
    !keys ||
    (['metrics', 'params', 'tags'] as const).every(
      kind => keys[kind].length >= keys.totals[kind]
    );
  const search = complete ? '' : text;
  React.useEffect(() => {
    if (!search) {
      return;
    }
    let left = false;
    const timer = window.setTimeout(async () => {
      const keys = await model.searchKeys(search).catch(() => null);
      if (keys && !left) {
        setFound({ text: search, keys });
      }
    }, TYPING);
    return () => {
      left = true;
      window.clearTimeout(timer);
    };
  }, [model, search]);
  return search && found ? found.keys : keys;
}
