import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ReactElement } from 'react';

import { addToMain } from './place';
import type { Observable } from '../models/observable';
import { ViewWidget } from '../views/shared/view-widget';

/** A view that is made: what it shows and how. */
export interface IMade<M extends Observable> {
  model: M;
  view: () => ReactElement;
  /** What its tab is called; asked again whenever the model has changed. */
  label: () => string;
  /** What is told on hover; absent: the label. */
  caption?: () => string;
}

/** Views of one kind in the main area, at most one of each thing that is shown. */
export class MainViews<M extends Observable> {
  constructor(private readonly _options: MainViews.IOptions) {
    this._tracker = new WidgetTracker({ namespace: _options.namespace });
  }

  /**
   * Bring the view of a thing to the front; where there is none, make it.
   *
   * @param key - what tells the thing from others of its kind, such as its id.
   * @param make - makes the view; its model goes with it.
   */
  async show(key: string, make: () => IMade<M>): Promise<M> {
    const { shell, type, idOf } = this._options;
    let shown = this._shown.get(key);
    if (!shown) {
      const made = make();
      const widget = this._widgetOf(made);
      widget.id = idOf(key);
      if (type === 'Candidate') {
        widget.node.dataset.mlopsCandidate = key;
      }
      shown = { model: made.model, widget };
      this._shown.set(key, shown);
      this._keys.set(widget, key);
      widget.disposed.connect(() => this._shown.delete(key));
      addToMain(shell, widget, type);
      await this._tracker.add(widget);
    }
    shell.activateById(shown.widget.id);
    return shown.model;
  }

  /** Whether the view of a thing is in sight. */
  isVisible(key: string): boolean {
    return this._shown.get(key)?.widget.isVisible ?? false;
  }

  /** Keep for the next reload what `argsOf` tells of a thing now. */
  save(key: string): void {
    const widget = this._shown.get(key)?.widget;
    if (widget) {
      void this._tracker.save(widget);
    }
  }

  /** Open what was open before a reload: by a command, with what `argsOf` tells of a view. */
  restore(
    restorer: ILayoutRestorer | null,
    command: string,
    argsOf: (key: string, model: M) => ReadonlyPartialJSONObject
  ): void {
    const keyOf = (widget: MainAreaWidget) => this._keys.get(widget) ?? '';
    void restorer?.restore(this._tracker, {
      command,
      args: widget => {
        const shown = this._shown.get(keyOf(widget));
        return shown ? argsOf(keyOf(widget), shown.model) : {};
      },
      name: keyOf
    });
  }

  private _widgetOf(made: IMade<M>): View {
    const { model, view, label, caption = label } = made;
    const widget = new MainAreaWidget({ content: new ViewWidget(view) });
    widget.toolbar.hide();
    widget.title.label = label();
    widget.title.icon = this._options.icon;
    widget.title.closable = true;
    model.changed.connect(() => {
      widget.title.label = label();
      widget.title.caption = caption();
    });
    widget.disposed.connect(() => model.dispose());
    return widget;
  }

  private readonly _tracker: WidgetTracker<View>;
  private readonly _shown = new Map<string, { model: M; widget: View }>();
  private readonly _keys = new WeakMap<MainAreaWidget, string>();
}

type View = MainAreaWidget<ViewWidget>;

/** Types of {@link MainViews}. */
export namespace MainViews {
  /** What views of a kind have in common. */
  export interface IOptions {
    shell: JupyterFrontEnd.IShell;
    /** Where they are kept for the next reload. */
    namespace: string;
    icon: LabIcon;
    /** What they are for people who arrange their own layout. */
    type: 'Candidate' | 'Comparison' | 'Model version';
    /** The id of the widget of a thing. */
    idOf: (key: string) => string;
  }
}
