/** The main job: run a notebook, see its candidates, compare, register, find the version. */
import {
  copyExample,
  expect,
  openPanel,
  picture,
  runNotebook,
  test,
  tick
} from './panel';

test('a notebook becomes candidates, and one of them a model', async ({
  page,
  own
}) => {
  const panel = await openPanel(page);
  const notebook = own('tumours.ipynb');
  const model = own('tumour-classifier');
  await copyExample(page, 'classification.ipynb', notebook);
  await runNotebook(page, notebook);

  const grid = panel.getByRole('grid', { name: 'Candidates' });
  const boxes = grid.getByRole('checkbox', { name: /^Select / });
  await expect(boxes).toHaveCount(2);
  await expect(grid.getByRole('row').nth(1)).toContainText(/0\.9\d+/);

  await tick(panel, 0, 1);
  await panel.getByRole('button', { name: 'Compare' }).click();
  const comparison = page.getByRole('main');
  await expect(
    comparison.getByRole('tab', { name: 'Differences' })
  ).toHaveAttribute('aria-selected', 'true');
  await expect(
    comparison.getByRole('rowheader', { name: 'accuracy_score' })
  ).toBeVisible();
  await expect(
    comparison.getByRole('rowheader', { name: 'seed' })
  ).toBeHidden();
  await picture(page, 'compare');
  await comparison.getByRole('switch', { name: 'Differences only' }).uncheck();
  await expect(
    comparison.getByRole('rowheader', { name: 'seed' })
  ).toBeVisible();

  await page.notebook.activate(notebook);
  const training = page.locator('.jp-CodeCell', { hasText: 'forest.fit(' });
  await training.locator('.cm-content').click();
  await page.getByRole('button', { name: 'Register model' }).click();
  const dialog = page.getByRole('dialog', { name: 'Register model' });
  await dialog.getByRole('combobox', { name: 'Model name' }).fill(model);
  await expect(
    dialog.getByRole('radiogroup', { name: 'Version' })
  ).toContainText('1.0.0');
  await picture(page, 'register');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden({ timeout: 60_000 });

  await panel.getByRole('tab', { name: 'Models' }).click();
  const versions = panel.getByRole('list', {
    name: `Versions of ${model}`
  });
  await expect(versions.getByText('1.0.0')).toBeVisible();
  await expect(page.getByText('GitLab: synced')).toBeVisible({
    timeout: 30_000
  });
  await picture(page, 'models');
});
