import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** Ask what the copy is of: true, the cells as they ran; false, the notebook as it was saved; null: no copy. */
export async function askCopy(
  trans: TranslationBundle
): Promise<boolean | null> {
  const result = await showDialog({
    title: trans.__('Restore a copy'),
    body: trans.__(
      'A new notebook is written beside the original; nothing is overwritten. It is a copy of the notebook as it was saved, or of the cells in the order in which they ran.'
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('As it ran') }),
      Dialog.okButton({ label: trans.__('As it was saved') })
    ]
  });
  switch (result.button.label) {
    case trans.__('As it ran'):
      return true;
    case trans.__('As it was saved'):
      return false;
    default:
      return null;
  }
}
