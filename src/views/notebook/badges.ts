import type { Cell } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { RecordingModel } from '../../models/recording';

const BADGE = 'jp-mlops-CellBadge';
/** Milliseconds after the last edit before the marks are looked at. */
const EDITING = 150;

/**
 * Small marks on cells that gave candidates: whether the cell still reads as
 * it ran. Only the view is marked, never the document.
 */
export class CellBadges implements IDisposable {
  constructor(private readonly _options: CellBadges.IOptions) {
    const { notebook, recording } = _options;
    recording.changed.connect(this._update, this);
    notebook.model?.contentChanged.connect(this._onContentChanged, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._editing);
    const { notebook, recording } = this._options;
    recording.changed.disconnect(this._update, this);
    if (!notebook.isDisposed) {
      notebook.model?.contentChanged.disconnect(this._onContentChanged, this);
    }
  }

  private _onContentChanged(): void {
    window.clearTimeout(this._editing);
    this._editing = window.setTimeout(() => this._update(), EDITING);
  }

  private _update(): void {
    const { notebook, recording } = this._options;
    if (notebook.isDisposed) {
      return;
    }
    for (const cell of notebook.widgets) {
      const known = recording.cells[cell.model.id];
      if (known?.candidates.length) {
        this._mark(cell, known.candidates, known.source);
      } else {
        cell.node.querySelector(`:scope > .${BADGE}`)?.remove();
      }
    }
  }

  private _mark(cell: Cell, candidates: string[], source: string): void {
    const { open, trans } = this._options;
    let badge = cell.node.querySelector<HTMLButtonElement>(
      `:scope > .${BADGE}`
    );
    if (!badge) {
      badge = document.createElement('button');
      badge.type = 'button';
      badge.className = BADGE;
      cell.node.append(badge);
    }
    const edited =
      cell.model.sharedModel.getSource().trimEnd() !== source.trimEnd();
    const count = candidates.length;
    const text = edited
      ? trans._n(
          '%1 candidate came from this cell; the cell was edited since',
          '%1 candidates came from this cell; the cell was edited since',
          count
        )
      : trans._n(
          '%1 candidate came from this cell as it is',
          '%1 candidates came from this cell as it is',
          count
        );
    badge.dataset.state = edited ? 'edited' : 'current';
    badge.textContent = count > 1 ? String(count) : '';
    badge.title = text;
    badge.setAttribute('aria-label', text);
    badge.onclick = () => open(candidates[candidates.length - 1]);
  }

  private _editing: number | undefined;
  private _isDisposed = false;
}

export namespace CellBadges {
  export interface IOptions {
    notebook: Notebook;
    recording: RecordingModel;
    /** Show a candidate. */
    open: (candidate: string) => void;
    trans: TranslationBundle;
  }
}
