import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IDimension } from '../../charts/types';

/** Matches that are offered while somebody types. */
const OFFERED = 50;
/** The option that leads to what is not listed; no key of a dimension is empty. */
const SEARCH = '';

/** Choose what an axis shows: from a list, and where there is more than it lists, by typing. */
export function AxisSelect(props: {
  label: string;
  dimensions: readonly IDimension[];
  /** Those that are offered too, but not listed. */
  others: readonly IDimension[];
  value: string;
  onChange: (key: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { label, dimensions, others, value, trans } = props;
  const [searching, setSearching] = React.useState(false);
  const select = React.useRef<HTMLSelectElement>(null);
  const searched = React.useRef(false);
  // The keyboard stays where it was when the list is back.
  React.useEffect(() => {
    if (searched.current && !searching) {
      select.current?.focus();
    }
    searched.current = searching;
  }, [searching]);
  return (
    <label className="jp-mlops-Chart-control">
      {label}
      {searching ? (
        <AxisSearch
          others={others}
          choose={key => {
            setSearching(false);
            if (key !== null) {
              props.onChange(key);
            }
          }}
          trans={trans}
        />
      ) : (
        <select
          ref={select}
          className="jp-mlops-Dropdown"
          value={value}
          onChange={event =>
            event.target.value === SEARCH
              ? setSearching(true)
              : props.onChange(event.target.value)
          }
        >
          {dimensions.map(({ key, label }) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
          {others.length > 0 && (
            <option value={SEARCH}>
              {trans._n('Search %1 more…', 'Search %1 more…', others.length)}
            </option>
          )}
        </select>
      )}
    </label>
  );
}

/** Find one among thousands by parts of its name. */
function AxisSearch(props: {
  others: readonly IDimension[];
  /** Called with a key, or null when nothing was chosen. */
  choose: (key: string | null) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { others, choose, trans } = props;
  const [text, setText] = React.useState('');
  const list = React.useId();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: IDimension[] = [];
  for (const other of others) {
    if (found.length === OFFERED) {
      break;
    }
    const label = other.label.toLowerCase();
    if (words.every(word => label.includes(word))) {
      found.push(other);
    }
  }
  return (
    <>
      <input
        type="search"
        autoFocus
        className="jp-mlops-Input"
        list={list}
        placeholder={trans._n('Search %1', 'Search %1', others.length)}
        value={text}
        onChange={event => {
          const { value } = event.target;
          setText(value);
          // A suggestion that was picked is a whole name, which may begin another one while typing.
          const typed = (event.nativeEvent as InputEvent).inputType;
          const picked = others.find(({ label }) => label === value);
          if (picked && (!typed || typed === 'insertReplacementText')) {
            choose(picked.key);
          }
        }}
        onKeyDown={event => {
          if (event.key === 'Enter' && words.length && found.length) {
            const exact = found.find(({ label }) => label === text);
            choose((exact ?? found[0]).key);
          } else if (event.key === 'Escape') {
            choose(null);
            event.stopPropagation();
          }
        }}
        onBlur={() => choose(null)}
      />
      <datalist id={list}>
        {found.map(({ key, label }) => (
          <option key={key} value={label} />
        ))}
      </datalist>
    </>
  );
}
