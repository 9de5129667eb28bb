import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MimeModel } from '@jupyterlab/rendermime';
import type { JSONValue, PartialJSONValue } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { MimeBundle } from './media';

/** A value as JupyterLab's own renderers show it; nothing of it is trusted. */
export function Mime(props: {
  rendermime: IRenderMimeRegistry;
  data: MimeBundle;
  className?: string;
}): React.ReactElement | null {
  const { rendermime, data } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const key = JSON.stringify(data);
  const mimeType = React.useMemo(
    () =>
      rendermime.preferredMimeType(data as Record<string, JSONValue>, 'ensure'),
    [rendermime, key]
  );
  // Lumino detaches what is still in the page: before React takes its element out.
  React.useLayoutEffect(() => {
    const element = host.current;
    if (!mimeType || !element) {
      return;
    }
    const renderer: IRenderMime.IRenderer = rendermime.createRenderer(mimeType);
    void renderer
      .renderModel(
        new MimeModel({
          data: data as Record<string, PartialJSONValue>,
          trusted: false
        })
      )
      .then(() => nameBoxes(renderer.node))
      .catch(() => {
        renderer.node.textContent = String(data['text/plain'] ?? '');
      });
    Widget.attach(renderer, element);
    return () => renderer.dispose();
  }, [rendermime, mimeType, key]);
  return mimeType ? (
    <div ref={host} className={`jp-mlops-Mime ${props.className ?? ''}`} />
  ) : null;
}

/** Give the boxes of a Markdown task list the names of their tasks. */
function nameBoxes(node: HTMLElement): void {
  for (const box of node.querySelectorAll('li > input[type="checkbox"]')) {
    box.setAttribute(
      'aria-label',
      box.parentElement?.textContent?.trim() ?? ''
    );
  }
}
