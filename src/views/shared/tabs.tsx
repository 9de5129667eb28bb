import * as React from 'react';

/** One tab of a list of tabs. */
export interface ITab<Id extends string> {
  id: Id;
  label: string;
  /** How many things it shows; not part of the accessible name. */
  count?: number;
}

/** A list of tabs with arrow keys; panels are the caller's. */
export function Tabs<Id extends string>(props: {
  label: string;
  /** Prefix of the ids of tabs and panels. */
  prefix: string;
  tabs: readonly ITab<Id>[];
  current: Id;
  onChange: (id: Id) => void;
  children?: React.ReactNode;
}): React.ReactElement {
  const { tabs, current, onChange, prefix } = props;
  const list = React.useRef<HTMLDivElement>(null);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const index = tabs.findIndex(tab => tab.id === current);
    const to = {
      ArrowRight: (index + 1) % tabs.length,
      ArrowLeft: (index - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1
    }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    onChange(tabs[to].id);
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[to]?.focus();
  };

  return (
    <div className="jp-mlops-Tabs">
      <div
        ref={list}
        role="tablist"
        aria-label={props.label}
        className="jp-mlops-Tabs-list"
        onKeyDown={onKeyDown}
      >
        {tabs.map(tab => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${prefix}-tab-${tab.id}`}
            aria-label={tab.label}
            aria-selected={tab.id === current}
            aria-controls={
              tab.id === current ? `${prefix}-panel-${tab.id}` : undefined
            }
            tabIndex={tab.id === current ? 0 : -1}
            className="jp-mlops-Tab"
            onClick={() => onChange(tab.id)}
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="jp-mlops-Count" aria-hidden="true">
                {tab.count}
              </span>
            )}
          </button>
        ))}
      </div>
      {props.children}
    </div>
  );
}

/** What a tab shows. */
export function TabPanel(props: {
  prefix: string;
  id: string;
  className?: string;
  children: React.ReactNode;
}): React.ReactElement {
  return (
    <div
      role="tabpanel"
      id={`${props.prefix}-panel-${props.id}`}
      aria-labelledby={`${props.prefix}-tab-${props.id}`}
      className={`jp-mlops-TabPanel ${props.className ?? ''}`}
    >
      {props.children}
    </div>
  );
}
