import * as React from 'react';

/** A part of the page with its heading. */
export function Section(props: {
  title: string;
  count?: number;
  /** Controls beside the heading. */
  controls?: React.ReactNode;
  children: React.ReactNode;
}): React.ReactElement {
  return (
    <section className="jp-mlops-Detail-section" aria-label={props.title}>
      <div className="jp-mlops-Detail-heading">
        <h2>
          {props.title}
          {props.count !== undefined && (
            <span className="jp-mlops-Count" aria-hidden="true">
              {props.count}
            </span>
          )}
        </h2>
        {props.controls}
      </div>
      {props.children}
    </section>
  );
}

/** Names and values below each other; many are cut short until asked for. */
export function Facts(props: {
  rows: readonly {
    name: string;
    value: React.ReactNode;
    title?: string;
    note?: string;
  }[];
  /** Rows that are shown at first. */
  most?: number;
  more: (count: number) => string;
}): React.ReactElement {
  const { rows, most = 40 } = props;
  const [all, setAll] = React.useState(false);
  const shown = all ? rows : rows.slice(0, most);
  return (
    <>
      <dl className="jp-mlops-FactList">
        {shown.map(({ name, value, title, note }) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd title={title}>
              {value}
              {note && <span className="jp-mlops-FactList-note">{note}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {rows.length > shown.length && (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => setAll(true)}
        >
          {props.more(rows.length - shown.length)}
        </button>
      )}
    </>
  );
}
