import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Ranges } from '../../charts/dimensions';
import type { IDimension } from '../../charts/types';

/** Axes that are listed at once; more are found by searching. */
const LISTED = 200;

interface IPickerProps {
  dimensions: readonly IDimension[];
  /** Those that are offered too, but not looked into before they are chosen. */
  others: readonly IDimension[];
  /** Keys of the shown axes, in order. */
  chosen: readonly string[];
  choose: (keys: readonly string[]) => void;
  ranges: Ranges;
  brush: (ranges: Ranges) => void;
  trans: TranslationBundle;
}

/** Choose the axes, and type what dragging along them selects. */
export function DimensionPicker(props: IPickerProps): React.ReactElement {
  const { dimensions, chosen, trans } = props;
  const details = React.useRef<HTMLDetailsElement>(null);
  const [search, setSearch] = React.useState('');
  const found = [...dimensions, ...props.others].filter(({ label }) =>
    label.toLowerCase().includes(search.toLowerCase())
  );
  const unlisted = found.length - LISTED;
  const close = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && details.current) {
      details.current.open = false;
      details.current.querySelector('summary')?.focus();
      event.stopPropagation();
    }
  };
  const toggle = (key: string) =>
    props.choose(
      chosen.includes(key)
        ? chosen.filter(item => item !== key)
        : [...chosen, key]
    );
  return (
    <details ref={details} className="jp-mlops-AxisPicker" onKeyDown={close}>
      <summary>{trans.__('Axes…')}</summary>
      <div className="jp-mlops-AxisPicker-body">
        <input
          type="search"
          className="jp-mlops-Input"
          aria-label={trans.__('Search axes')}
          placeholder={trans.__('Search axes')}
          value={search}
          onChange={event => setSearch(event.target.value)}
        />
        <ul>
          {found.slice(0, LISTED).map(dimension => (
            <Choice
              key={dimension.key}
              {...props}
              dimension={dimension}
              toggle={toggle}
            />
          ))}
        </ul>
        {unlisted > 0 && (
          <p className="jp-mlops-AxisPicker-more">
            {trans._n(
              '%1 more is found by searching',
              '%1 more are found by searching',
              unlisted
            )}
          </p>
        )}
      </div>
    </details>
  );
}

/** One axis: whether it is shown, and what is selected along it. */
function Choice(
  props: IPickerProps & {
    dimension: IDimension;
    toggle: (key: string) => void;
  }
): React.ReactElement {
  const { dimension, chosen, ranges, toggle, trans } = props;
  return (
    <li key={dimension.key}>
      <label title={dimension.key}>
        <input
          type="checkbox"
          checked={chosen.includes(dimension.key)}
          onChange={() => toggle(dimension.key)}
        />
        <span>{dimension.label}</span>
      </label>
      {!dimension.categories && chosen.includes(dimension.key) && (
        <Bounds
          label={dimension.label}
          range={ranges[dimension.key]?.[0]}
          choose={range =>
            props.brush({
              ...ranges,
              [dimension.key]: range ? [range] : []
            })
          }
          trans={trans}
        />
      )}
    </li>
  );
}

/** The ends of a selected stretch; an empty end is open. */
function Bounds(props: {
  label: string;
  range: { from: number; to: number } | undefined;
  choose: (range: { from: number; to: number } | null) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { label, range, trans } = props;
  const text = (value: number | undefined) =>
    value === undefined || !Number.isFinite(value)
      ? ''
      : String(Number(value.toPrecision(6)));
  const keep = (end: 'from' | 'to', value: string) => {
    const open = end === 'from' ? -Infinity : Infinity;
    const next = {
      from: range?.from ?? -Infinity,
      to: range?.to ?? Infinity,
      [end]: value === '' ? open : Number(value)
    };
    const limited = Number.isFinite(next.from) || Number.isFinite(next.to);
    props.choose(limited ? next : null);
  };
  return (
    <span className="jp-mlops-AxisPicker-bounds">
      {(['from', 'to'] as const).map(end => (
        <input
          key={`${end} ${text(range?.[end])}`}
          type="number"
          step="any"
          className="jp-mlops-Input"
          aria-label={
            end === 'from'
              ? trans.__('%1 from', label)
              : trans.__('%1 to', label)
          }
          placeholder={end === 'from' ? trans.__('from') : trans.__('to')}
          defaultValue={text(range?.[end])}
          onBlur={event => {
            if (event.target.value !== text(range?.[end])) {
              keep(end, event.target.value);
            }
          }}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              event.currentTarget.blur();
            }
          }}
        />
      ))}
    </span>
  );
}
