import * as React from 'react';
import { createPortal } from 'react-dom';

/** A button that opens something beside it; Escape and leaving it close it. */
export function Popover(props: {
  label: string;
  /** What the button shows. */
  face: React.ReactNode;
  className?: string;
  /** What it opens: a menu of actions, or a dialog with controls. */
  role: 'menu' | 'dialog';
  /** Which of its sides is the button's; `auto`: that with more room before it. */
  align?: 'left' | 'right' | 'auto';
  tabIndex?: number;
  children: (close: () => void) => React.ReactNode;
}): React.ReactElement {
  const [place, setPlace] = React.useState<React.CSSProperties | null>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  const panel = React.useRef<HTMLDivElement>(null);

  const close = React.useCallback(() => {
    setPlace(null);
    button.current?.focus();
  }, []);

  const toggle = () => {
    if (place || !button.current) {
      setPlace(null);
      return;
    }
    const { left, right, bottom } = button.current.getBoundingClientRect();
    const { align = 'left' } = props;
    const atRight =
      align === 'right' ||
      (align === 'auto' && left + right > window.innerWidth);
    setPlace({
      top: bottom + 2,
      maxHeight: window.innerHeight - bottom - 12,
      ...(atRight
        ? { right: Math.max(4, window.innerWidth - right) }
        : { left: Math.max(4, left) })
    });
  };

  React.useEffect(() => {
    if (!place) {
      return;
    }
    panel.current
      ?.querySelector<HTMLElement>('input, [role^="menuitem"], button')
      ?.focus();
    const onPointer = (event: PointerEvent) => {
      const target = event.target as Node;
      if (
        !panel.current?.contains(target) &&
        !button.current?.contains(target)
      ) {
        setPlace(null);
      }
    };
    document.addEventListener('pointerdown', onPointer, true);
    return () => document.removeEventListener('pointerdown', onPointer, true);
  }, [place]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    }
    if (event.key === 'Tab' && props.role === 'menu') {
      close(); // and the focus goes on from the button
      return;
    }
    if (props.role === 'menu') {
      const items = [
        ...(panel.current?.querySelectorAll<HTMLElement>(
          '[role^="menuitem"]'
        ) ?? [])
      ];
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
  };

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
          <div
            ref={panel}
            className="jp-mlops-View jp-mlops-Popover jp-ThemedContainer"
            role={props.role}
            aria-label={props.label}
            style={place}
            onKeyDown={onKeyDown}
            onBlur={event => {
              const to = event.relatedTarget;
              if (
                to &&
                to !== button.current &&
                !event.currentTarget.contains(to)
              ) {
                setPlace(null);
              }
            }}
            onClick={event => event.stopPropagation()}
          >
            {props.children(close)}
          </div>,
          document.body
        )}
    </>
  );
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
