import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

/** A React component as a widget: what Lumino attaches. */
export class ViewWidget extends ReactWidget {
  constructor(private readonly _view: () => React.ReactElement) {
    super();
    this.addClass('jp-mlops-View');
  }

  protected render(): React.ReactElement {
    return React.createElement(React.Suspense, null, this._view());
  }
}

/** A component whose code is loaded when it is first drawn. */
export function deferred<P extends object>(
  load: () => Promise<React.ComponentType<P>>
): React.LazyExoticComponent<React.ComponentType<P>> {
  return React.lazy(async () => ({ default: await load() }));
}
