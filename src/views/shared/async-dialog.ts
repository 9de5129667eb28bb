import { Dialog, Notification } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';

/** Show a dialog until it is left; it and what it owns are disposed of then. */
export async function launch<T>(
  dialog: Dialog<T>,
  ...owned: IDisposable[]
): Promise<void> {
  try {
    await dialog.launch();
  } finally {
    for (const item of [dialog, ...owned]) {
      item.dispose();
    }
  }
}

/** A dialog that stays open until what was accepted has been done. */
export class AsyncDialog<T> extends Dialog<T> {
  /**
   * @param options - What the dialog shows; its last button accepts.
   * @param label - Its accessible name.
   * @param accept - Does what was accepted; whether the dialog may close.
   */
  constructor(
    options: Partial<Dialog.IOptions<T>>,
    label: string,
    private readonly _accept: () => Promise<boolean>
  ) {
    super(options);
    this.addClass('jp-mlops-Dialog');
    this.node.setAttribute('aria-label', label);
    this._last = (options.buttons?.length ?? 1) - 1;
  }

  /** Enter on a button or link of the body is theirs, not the dialog's. */
  protected override _evtKeydown(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const body = target.closest('.jp-Dialog-body');
    if (event.key === 'Enter' && body && target.matches('button, a')) {
      return;
    }
    super._evtKeydown(event);
  }

  override resolve(index: number = this._last): void {
    if (index !== this._last) {
      super.resolve(index);
      return;
    }
    if (this._pending) {
      return;
    }
    this._pending = true;
    this.node.toggleAttribute('data-pending', true);
    void this._tryToAccept().then(done => {
      if (done && !this.isDisposed) {
        super.resolve(index);
      }
    });
  }

  /** Whether it was done; what nobody has caught is told, and the dialog can be used again. */
  private async _tryToAccept(): Promise<boolean> {
    try {
      return await this._accept();
    } catch (reason) {
      Notification.error(
        reason instanceof Error ? reason.message : String(reason)
      );
      return false;
    } finally {
      this._pending = false;
      this.node.toggleAttribute('data-pending', false);
    }
  }

  private readonly _last: number;
  private _pending = false;
}
