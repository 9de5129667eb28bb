import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';

import type { Highlight } from './code';

/** How Python is coloured by JupyterLab's own editors; null without them. */
export function pythonHighlight(
  languages: IEditorLanguageRegistry | null
): Highlight | null {
  return (
    languages &&
    (async (source, host) => {
      await languages.highlight(
        source,
        languages.findByMIME('text/x-python'),
        host
      );
    })
  );
}
