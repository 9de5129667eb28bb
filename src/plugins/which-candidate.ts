import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { CandidatesModel } from '../models/candidates';

/** Candidates that a person is offered to choose from. */
const MOST_CHOICES = 50;

/** The id of the candidate whose row is under the pointer, or whose context menu is open. */
export function pointedCandidate(app: JupyterFrontEnd): string | undefined {
  const row = app.contextMenuHitTest(node =>
    node.classList.contains('jp-mlops-Candidate')
  );
  return row?.dataset.id;
}

/** The candidate that a command is about: given, under the pointer, in front, ticked, or chosen; null: none. */
export async function whichCandidate(
  app: JupyterFrontEnd,
  candidates: CandidatesModel,
  args: ReadonlyPartialJSONObject,
  trans: TranslationBundle
): Promise<string | null> {
  if (typeof args.id === 'string') {
    return args.id;
  }
  if (args.row) {
    return pointedCandidate(app) ?? null;
  }
  const front = app.shell.currentWidget?.node.dataset.mlopsCandidate;
  if (front) {
    return front;
  }
  const [ticked, ...others] = candidates.selection.ids;
  return ticked && !others.length ? ticked : chosen(candidates, trans);
}

/** Ask which candidate is meant; null: none. */
async function chosen(
  candidates: CandidatesModel,
  trans: TranslationBundle
): Promise<string | null> {
  const rows = candidates.rows.slice(0, MOST_CHOICES);
  const items = rows.map(({ name, id }) => `${name} · ${id.slice(0, 8)}`);
  if (!items.length) {
    await showErrorMessage(
      trans.__('No candidate'),
      trans.__('Run a notebook first, or choose another experiment.')
    );
    return null;
  }
  const { value } = await InputDialog.getItem({
    title: trans.__('Which candidate?'),
    items
  });
  return value === null ? null : (rows[items.indexOf(value)]?.id ?? null);
}
