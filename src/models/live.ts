import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** The event our server emits when something changed. */
export const CHANGES_SCHEMA =
  'https://events.jupyter.org/jupyterlab_mlops/changes/v1';

/** What changed: kinds and ids, or everything when nobody can say. */
export interface IChanges {
  all: boolean;
  kinds: ReadonlySet<string>;
  ids: ReadonlySet<string>;
}

/** Whether a model that shows `kinds` has to look again. */
export function concerns(
  changes: IChanges,
  ...kinds: readonly string[]
): boolean {
  return changes.all || kinds.some(kind => changes.kinds.has(kind));
}

/**
 * Tells models when to look again.
 *
 * Events are hints: the connection may have been away without a sign, so a
 * slow poll asks for everything now and then, while the page is visible.
 */
export class Live implements IDisposable {
  constructor(options: Live.IOptions) {
    this._events = options.events;
    this._gather = options.gather ?? 80;
    this._events.stream.connect(this._onEvent, this);
    this._poll = new Poll({
      name: 'jupyterlab-mlops:live',
      factory: async () => this._emit({ ...NOTHING, all: true }),
      frequency: { interval: options.interval ?? 30_000, backoff: false },
      standby: 'when-hidden',
      auto: false
    });
    void this._poll.start().then(() => this._poll.schedule());
  }

  /** Emitted when something changed; bursts are gathered. */
  get changed(): ISignal<this, IChanges> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    this._poll.dispose();
    this._events.stream.disconnect(this._onEvent, this);
    Signal.clearData(this);
  }

  private _onEvent(_: Event.IManager, emission: Event.Emission): void {
    if (emission.schema_id !== CHANGES_SCHEMA) {
      return;
    }
    const { changes, more } = emission as unknown as {
      changes?: { kind: string; id: string }[];
      more?: boolean;
    };
    for (const change of changes ?? []) {
      this._kinds.add(change.kind);
      this._ids.add(change.id);
    }
    this._all ||= !!more;
    this._timer ??= window.setTimeout(() => this._flush(), this._gather);
  }

  private _flush(): void {
    this._timer = undefined;
    const changes = { all: this._all, kinds: this._kinds, ids: this._ids };
    this._all = false;
    this._kinds = new Set();
    this._ids = new Set();
    this._emit(changes);
  }

  private _emit(changes: IChanges): void {
    if (!this._isDisposed) {
      this._changed.emit(changes);
    }
  }

  private readonly _events: Event.IManager;
  private readonly _gather: number;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, IChanges>(this);
  private _timer: number | undefined;
  private _all = false;
  private _kinds = new Set<string>();
  private _ids = new Set<string>();
  private _isDisposed = false;
}

const NOTHING: IChanges = { all: false, kinds: new Set(), ids: new Set() };

export namespace Live {
  export interface IOptions {
    /** The server's event stream. */
    events: Event.IManager;
    /** Milliseconds between looks without an event. */
    interval?: number;
    /** Milliseconds for which events are gathered into one change. */
    gather?: number;
  }
}
