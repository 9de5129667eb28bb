/** Running a candidate again: from its row, with a match report, with other values, and what happens to versions. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import {
  chooseExperiment,
  expect,
  openPanel,
  picture,
  runNotebook,
  test,
  writeNotebook
} from './panel';

const CELLS = [
  'import time\nimport numpy as np\n\nclass Mean:\n    def __init__(self, shift):\n        self.shift = shift\n\n    def fit(self, X):\n        self.mean_ = float(X.mean()) + self.shift\n        return self\n\n    def predict(self, X):\n        return X * 0 + self.mean_',
  'shift = 2.0\nkernel = "flat"\nwait = 0',
  'X = np.arange(10.0)\ntime.sleep(wait)\nmodel = Mean(shift).fit(X)',
  'mae = float(abs(model.predict(X) - X).mean())\nmae'
];

/** Write a notebook of these cells and run it; its candidate's row. */
async function candidateOf(
  page: IJupyterLabPageFixture,
  name: string
): Promise<{ panel: Locator; row: Locator }> {
  const panel = await openPanel(page);
  await writeNotebook(page, name, CELLS);
  await runNotebook(page, name);
  const experiment = name.replace('.ipynb', '');
  await expect(
    panel
      .getByRole('combobox', { name: 'Experiment' })
      .locator('option', { hasText: experiment })
  ).toHaveCount(1, { timeout: 15_000 });
  await chooseExperiment(panel, experiment);
  const row = panel.locator('.jp-mlops-Candidate').first();
  await expect(row).toContainText('2.9');
  return { panel, row };
}

/** Choose from the row's context menu. */
async function choose(
  page: IJupyterLabPageFixture,
  row: Locator,
  label: string
): Promise<void> {
  await row.click({ button: 'right' });
  const item = page.getByRole('menuitem', { name: label, exact: true });
  if (!(await item.isVisible())) {
    // Lumino gives items that open a menu no role.
    await page.locator('.lm-Menu-item', { hasText: 'Reproduce' }).hover();
  }
  await item.click({ timeout: 10_000 });
}

test('a candidate is run again, verified, and run with a grid', async ({
  page,
  own
}) => {
  const { row } = await candidateOf(page, own('again.ipynb'));
  await choose(page, row, 'Run Candidate Again');
  const view = page.locator('.jp-mlops-Reproduction');
  await expect(
    view
      .getByText('All 1 metrics match')
      .or(view.getByText('The metric matches'))
      .first()
  ).toBeVisible({
    timeout: 60_000
  });
  await expect(view.getByText('Verified')).toBeVisible();
  await expect(view.getByRole('row', { name: /mae/ })).toContainText('Matched');
  await picture(page, 'match-report');

  await view.getByRole('button', { name: 'Run a grid…' }).click();
  const dialog = page.getByRole('dialog', {
    name: 'Run a grid of parameters'
  });
  const shift = dialog.getByRole('textbox', { name: 'shift' });
  await shift.fill('2.0, sqrt');
  await expect(shift).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog).toContainText('Text needs quotes here');
  await shift.fill('3, 4');
  await dialog.getByRole('textbox', { name: 'kernel' }).fill('flat, steep');
  await expect(dialog).toContainText('4 runs');
  await picture(page, 'run-grid');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  const runs = view.getByRole('list', { name: 'Runs' });
  await expect(runs.getByRole('listitem')).toHaveCount(4);
  await expect(view.locator('.jp-mlops-Rerun')).toHaveCount(5, {
    timeout: 90_000
  });
  await expect(view.getByText('Verified')).toBeVisible();
  await page.theme.setDarkTheme();
  await picture(page, 'match-report-dark');
  await page.theme.setLightTheme();
});

test('a run is cancelled; what ran is looked at, and restored beside the original', async ({
  page,
  own
}) => {
  const name = own('copied');
  const { panel, row } = await candidateOf(page, `${name}.ipynb`);
  await choose(page, row, 'Run Candidate Again with Changed Parameters…');
  const dialog = page.getByRole('dialog', {
    name: 'Run again with changed parameters'
  });
  await dialog.getByRole('textbox', { name: 'wait' }).fill('100');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  const view = page.locator('.jp-mlops-Reproduction');
  await expect(view.getByText('Cell 3 of 4').first()).toBeVisible({
    timeout: 60_000
  });
  await picture(page, 'run-progress');
  await view.getByRole('button', { name: 'Cancel' }).click();
  await expect(view.getByText('Cancelled').first()).toBeVisible();
  await expect(panel.locator('.jp-mlops-Candidate')).toHaveCount(1);

  await view.getByRole('button', { name: 'Open as it ran' }).click();
  const ran = page.getByRole('article', { name: 'The notebook as it ran' });
  await expect(ran).toContainText('shift = 2.0');
  await expect(ran).toContainText('[4]');
  await picture(page, 'as-it-ran');
  await ran.getByRole('button', { name: 'Restore a copy…' }).click();
  await page.getByRole('button', { name: 'As it was saved' }).click();
  await expect(
    page
      .getByRole('main')
      .getByRole('tab', { name: new RegExp(`${name}-[0-9a-f]{8}`) })
  ).toBeVisible();
});
