import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { attributeTitle } from './titles';
import { Popover } from '../shared/popover';
import { columnsIcon } from '../../icons';
import type { CandidatesModel } from '../../models/candidates';
import { ATTRIBUTES } from '../../models/columns';

/** Names that are listed at once; a search narrows more. */
const LISTED = 100;

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
  const needle = text.trim().toLowerCase();
  const matches = (name: string) => name.toLowerCase().includes(needle);
  const groups = [
    {
      title: trans.__('Metrics'),
      items: (model.keys?.metrics ?? []).map(key => ({
        id: `metrics.${key.name}`,
        label: key.name
      }))
    },
    {
      title: trans.__('Params'),
      items: (model.keys?.params ?? []).map(key => ({
        id: `params.${key.name}`,
        label: key.name
      }))
    },
    {
      title: trans.__('Facts'),
      items: ATTRIBUTES.map(name => ({
        id: `attributes.${name}`,
        label: attributeTitle(name, trans)
      }))
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
        {groups.map(group => {
          const found = group.items.filter(item => matches(item.label));
          return (
            found.length > 0 && (
              <fieldset key={group.title}>
                <legend>{group.title}</legend>
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
                {found.length > LISTED && (
                  <p className="jp-mlops-Muted">
                    {trans.__(
                      'and %1 more: search for them',
                      found.length - LISTED
                    )}
                  </p>
                )}
              </fieldset>
            )
          );
        })}
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
