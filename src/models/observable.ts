import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** State that tells when it is no longer what it was. */
export abstract class Observable implements IDisposable {
  /** Emitted after any part of the state has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Grows with every change: what React compares. */
  get revision(): number {
    return this._revision;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** Say that the state has changed. */
  protected notify(): void {
    if (!this._isDisposed) {
      this._revision += 1;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _revision = 0;
  private _isDisposed = false;
}
