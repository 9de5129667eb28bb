import * as React from 'react';
import { createPortal } from 'react-dom';

/** Which side of what opens is the button's; `auto`: that with more room before it. */
type Align = 'left' | 'right' | 'auto';

/** A button that opens something beside it; Escape and leaving it close it. */
export function Popover(props: {
  label: string;
  /** What the button shows. */
  face: React.ReactNode;
  className?: string;
  /** What it opens: a menu of actions, or a dialog with controls. */
  role: 'menu' | 'dialog';
  align?: Align;
  tabIndex?: number;
  children: (close: () => void) => React.ReactNode;
}): React.ReactElement {
  const [place, setPlace] = React.useState<React.CSSProperties | null>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  const leave = React.useCallback(() => setPlace(null), []);
  const close = React.useCallback(() => {
    setPlace(null);
    button.current?.focus();
  }, []);
  const toggle = () =>
    setPlace(
      place || !button.current
        ? null
        : placeBeside(button.current, props.align ?? 'left')
    );
  return (
    <>
      <button
        ref={button}
        type="button"
        className={props.className ?? 'jp-mlops-Button'}
        title={props.label}
        aria-label={props.label}
        aria-haspopup={props.role}
        aria-expanded={place !== null}
        tabIndex={props.tabIndex}
        onClick={event => {
          event.stopPropagation();
          toggle();
        }}
      >
        {props.face}
      </button>
      {place &&
        createPortal(
          <Panel
            label={props.label}
            role={props.role}
            place={place}
            button={button}
            close={close}
            leave={leave}
          >
            {props.children(close)}
          </Panel>,
          document.body
        )}
    </>
  );
}

/** What is open: the focus is in it, and it closes when that leaves. */
function Panel(props: {
  label: string;
  role: 'menu' | 'dialog';
  place: React.CSSProperties;
  /** Its own button: going there is not leaving. */
  button: React.RefObject<HTMLElement>;
  /** Close it, and go on from the button. */
  close: () => void;
  /** Close it where the focus goes elsewhere. */
  leave: () => void;
  children: React.ReactNode;
}): React.ReactElement {
  const { role, button, close, leave } = props;
  const panel = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    panel.current
      ?.querySelector<HTMLElement>('input, [role^="menuitem"], button')
      ?.focus();
    const onPointer = (event: PointerEvent) => {
      const target = event.target as Node;
      if (
        !panel.current?.contains(target) &&
        !button.current?.contains(target)
      ) {
        leave();
      }
    };
    document.addEventListener('pointerdown', onPointer, true);
    return () => document.removeEventListener('pointerdown', onPointer, true);
  }, []);

  const onKeyDown = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab' && role === 'menu') {
      close(); // and the focus goes on from the button
    } else if (role === 'menu' && panel.current) {
      moveInMenu(event, panel.current);
    }
  };
  const onBlur = ({ relatedTarget, currentTarget }: React.FocusEvent) => {
    if (
      relatedTarget &&
      relatedTarget !== button.current &&
      !currentTarget.contains(relatedTarget)
    ) {
      leave();
    }
  };
  return (
    <div
      ref={panel}
      className="jp-mlops-View jp-mlops-Popover jp-ThemedContainer"
      role={role}
      aria-label={props.label}
      style={props.place}
      onKeyDown={onKeyDown}
      onBlur={onBlur}
      onClick={event => event.stopPropagation()}
    >
      {props.children}
    </div>
  );
}

/** Below a button, within the window. */
function placeBeside(button: HTMLElement, align: Align): React.CSSProperties {
  const { left, right, bottom } = button.getBoundingClientRect();
  const atRight =
    align === 'right' || (align === 'auto' && left + right > window.innerWidth);
  return {
    top: bottom + 2,
    maxHeight: window.innerHeight - bottom - 12,
    ...(atRight
      ? { right: Math.max(4, window.innerWidth - right) }
      : { left: Math.max(4, left) })
  };
}

/** Up, Down, Home and End go through the items of a menu. */
function moveInMenu(event: React.KeyboardEvent, menu: HTMLElement): void {
  const items = [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[to]?.focus();
  }
}

/** One action of a menu. */
export function MenuItem(props: {
  label: string;
  onSelect: () => void;
  close: () => void;
  /** Set: one of several choices, and whether it is the present one. */
  checked?: boolean;
  disabled?: boolean;
}): React.ReactElement {
  const { checked } = props;
  return (
    <button
      type="button"
      role={checked === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={checked}
      className="jp-mlops-MenuItem"
      tabIndex={-1}
      disabled={props.disabled}
      onClick={() => {
        props.close();
        props.onSelect();
      }}
    >
      <span className="jp-mlops-MenuItem-check" aria-hidden="true">
        {checked ? '✓' : ''}
      </span>
      {props.label}
    </button>
  );
}
