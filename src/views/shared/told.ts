import { showErrorMessage } from '@jupyterlab/apputils';

/**
 * Do something that a person asked for; why it cannot be done is told in a dialog.
 *
 * @param title - the dialog's, such as "Not deleted".
 * @returns whether it was done.
 */
export async function orTold(
  title: string,
  doing: () => Promise<unknown>
): Promise<boolean> {
  try {
    await doing();
    return true;
  } catch (reason) {
    await showErrorMessage(title, reason as Error);
    return false;
  }
}
