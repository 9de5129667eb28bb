import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { formatDelta } from '../../format';

/** A button that is only an icon; its label is read and shown on hover. */
export function IconButton(props: {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent) => void;
  disabled?: boolean;
  pressed?: boolean;
  className?: string;
}): React.ReactElement {
  return (
    <button
      type="button"
      className={`jp-mlops-IconButton ${props.className ?? ''}`}
      title={props.label}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" />
    </button>
  );
}

/** Shows and hides the children of a candidate. */
export function UnfoldButton(props: {
  count: number;
  unfolded: boolean;
  onClick: () => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { count, unfolded, onClick, trans } = props;
  return (
    <button
      type="button"
      className="jp-mlops-Unfold"
      tabIndex={-1}
      aria-expanded={unfolded}
      aria-label={trans._n('%1 child', '%1 children', count)}
      title={
        unfolded ? trans.__('Hide its children') : trans.__('Show its children')
      }
      onClick={event => {
        event.stopPropagation();
        onClick();
      }}
    >
      <span aria-hidden="true">{unfolded ? '▾' : '▸'}</span>
      {count}
    </button>
  );
}

/** A switch with its label. */
export function Switch(props: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  children?: React.ReactNode;
}): React.ReactElement {
  return (
    <label className="jp-mlops-Switch">
      <input
        type="checkbox"
        role="switch"
        aria-label={props.label}
        checked={props.checked}
        onChange={event => props.onChange(event.target.checked)}
      />
      <span className="jp-mlops-Switch-track" aria-hidden="true" />
      <span>{props.label}</span>
      {props.children}
    </label>
  );
}

/** A difference: a glyph for the way, a colour for what it means, the number. */
export function Delta(props: {
  absolute: number;
  better: boolean | null;
  title?: string;
  trans: TranslationBundle;
}): React.ReactElement {
  const { trans } = props;
  const text = formatDelta(props.absolute);
  const way = props.absolute > 0 ? '▲' : props.absolute < 0 ? '▼' : '=';
  const meaning =
    props.better === null ? 'same' : props.better ? 'better' : 'worse';
  return (
    <span className="jp-mlops-Delta" data-meaning={meaning} title={props.title}>
      <span className="jp-mlops-Delta-way" aria-hidden="true">
        {way}
      </span>
      <span aria-hidden="true">{text.replace(/^[+−]/, '')}</span>
      {/* What arrow and colour say. */}
      <span className="jp-mlops-Hidden">
        {props.better === null
          ? text
          : props.better
            ? trans.__('%1, better', text)
            : trans.__('%1, worse', text)}
      </span>
    </span>
  );
}

/** Which way a column is sorted, for the eye. */
export function SortMark(props: {
  sorted: 'ascending' | 'descending' | undefined;
}): React.ReactElement {
  return (
    <span className="jp-mlops-SortButton-mark" aria-hidden="true">
      {props.sorted ? (props.sorted === 'descending' ? '↓' : '↑') : ''}
    </span>
  );
}
