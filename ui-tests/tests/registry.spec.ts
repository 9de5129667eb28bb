/** Versions of a model: registered while the kernel is busy, cancelled, named by aliases, traced, deleted. */
import {
  expect,
  openPanel,
  picture,
  release,
  runNotebook,
  test,
  waitFor,
  writeNotebook
} from './panel';

const SOURCE = `import time
import numpy as np

class Scale:
    def __init__(self, factor):
        self.factor = factor

    def fit(self, X):
        return self

    def predict(self, X):
        return X * self.factor

X = np.arange(6.0).reshape(3, 2)
model = Scale(3).fit(X)
mae = float(abs(model.predict(X) - X).mean())
mae`;

test('a registration waits for a busy kernel, is cancelled, and a version lives', async ({
  page,
  own,
  problems
}) => {
  const panel = await openPanel(page);
  const notebook = own('scaled.ipynb');
  const gate = own('scaled');
  const model = own('scaler');
  await writeNotebook(page, notebook, [SOURCE, waitFor(gate)]);
  void runNotebook(page, notebook).catch(() => undefined);
  const training = page.locator('.jp-CodeCell', { hasText: 'class Scale' });
  await expect(training.locator('.jp-OutputArea')).toContainText('5', {
    timeout: 60_000
  });
  await training.locator('.cm-content').click();
  await page.getByRole('button', { name: 'Register model' }).click();
  const dialog = page.getByRole('dialog', { name: 'Register model' });
  await dialog.getByRole('combobox', { name: 'Model name' }).fill(model);
  await dialog.getByRole('button', { name: 'Register' }).click();
  await expect(dialog).toContainText('Waiting for the kernel');
  await dialog.getByRole('button', { name: 'Go on in the background' }).click();
  await expect(dialog).toBeHidden();
  await panel.getByRole('tab', { name: 'Models' }).click();
  const waiting = panel.getByRole('list', { name: 'Being registered' });
  await expect(waiting).toContainText(model);
  await picture(page, 'registration-waits');
  await waiting
    .getByRole('button', { name: `Cancel registering ${model}` })
    .click();
  await expect(waiting).toBeHidden();
  // The browser's own line for the registration that was refused.
  await expect(() => expect(problems.splice(0)).toHaveLength(1)).toPass();

  await release(page, gate);
  await expect(
    page.locator('.jp-CodeCell', { hasText: 'while not' })
  ).toContainText('[2]:', { timeout: 30_000 });
  await training.locator('.cm-content').click();
  await page.getByRole('button', { name: 'Register model' }).click();
  await dialog.getByRole('combobox', { name: 'Model name' }).fill(model);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden({ timeout: 60_000 });
  const versions = panel.getByRole('list', { name: `Versions of ${model}` });
  await versions.getByText('1.0.0').click();
  const view = page.locator('.jp-mlops-VersionView');
  await view.getByRole('button', { name: 'Add alias' }).click();
  await view.getByRole('textbox', { name: 'Alias' }).fill('champion');
  await page.keyboard.press('Enter');
  await expect(
    view.getByRole('button', { name: 'Remove alias champion' })
  ).toBeVisible();
  await expect(view.getByRole('region', { name: 'Lineage' })).toContainText(
    notebook
  );
  await expect(view.getByRole('link', { name: 'Download all' })).toBeVisible();
  await picture(page, 'version');

  await view.getByRole('button', { name: 'Delete…' }).click();
  const confirm = page.getByRole('dialog');
  await confirm.getByRole('textbox').fill('1.0.0');
  await page.keyboard.press('Enter');
  await expect(page.getByText('This version is gone')).toBeVisible();
  problems.splice(0); // the browser's own lines for what is not there any more
});
