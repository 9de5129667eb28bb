import type { JupyterFrontEnd } from '@jupyterlab/application';
import { LabShell } from '@jupyterlab/application';
import { MessageLoop } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import { SplitPanel, TabPanel } from '@lumino/widgets';

/** Pixels that a view below the notebook needs at least. */
const LEAST = 120;

/**
 * Add a view to the main area. Notebook 7 has room for the notebook alone
 * there, and would not show it at all: its place is the panel below.
 *
 * @param type - what kind of view it is, for people who arrange their own layout.
 */
export function addToMain(
  shell: JupyterFrontEnd.IShell,
  widget: Widget,
  type: string
): void {
  if (shell instanceof LabShell) {
    shell.add(widget, 'main', { type });
    return;
  }
  shell.add(widget, 'down', { type });
  // Notebook 7 opens the panel below, but neither the tab that is activated
  // nor any room for it.
  MessageLoop.installMessageHook(widget, (_, message) => {
    const tabs = widget.parent?.parent;
    if (message.type === 'activate-request' && tabs instanceof TabPanel) {
      tabs.currentWidget = widget;
      if (tabs.parent instanceof SplitPanel && tabs.node.offsetHeight < LEAST) {
        tabs.parent.setRelativeSizes([1, 1]);
      }
    }
    return true;
  });
}
