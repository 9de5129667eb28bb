/** The panel by keyboard and by name: search, fold, sort, group, remember. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import {
  chooseExperiment,
  copyExample,
  expect,
  openNotebook,
  openPanel,
  picture,
  runNotebook,
  test
} from './panel';
import { storedCandidates } from './stored';

/** Run a copy of the first example as an experiment of its own; the panel, with its two candidates and no more to come. */
async function runExample(
  page: IJupyterLabPageFixture,
  name: string
): Promise<Locator> {
  const panel = await openPanel(page);
  await copyExample(page, 'classification.ipynb', `${name}.ipynb`);
  await runNotebook(page, `${name}.ipynb`);
  await expect(
    panel.getByRole('combobox', { name: 'Experiment' }).locator('option', {
      hasText: name
    })
  ).not.toHaveCount(0);
  await chooseExperiment(panel, name);
  const rows = panel
    .getByRole('grid', { name: 'Candidates' })
    .locator('[role="row"][data-id]');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('forest');
  return panel;
}

test('candidates are found, ticked and opened by keyboard', async ({
  page,
  own
}) => {
  const panel = await runExample(page, own('keyboard'));
  const grid = panel.getByRole('grid', { name: 'Candidates' });
  const rows = grid.locator('[role="row"][data-id]');
  const compare = panel.getByRole('button', { name: 'Compare' });

  await rows.first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(compare).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(compare).toBeDisabled();
  await page.keyboard.press('Enter');
  await expect(page.locator('.jp-mlops-Detail')).toBeVisible();

  const search = panel.getByRole('searchbox', { name: 'Search candidates' });
  await search.fill('forest');
  await expect(rows.first()).toContainText(/forest/i);
  await search.fill('metrics.accuracy_score >');
  await expect(search).toHaveAttribute('aria-invalid', 'true');
  await expect(rows.first()).toContainText(/forest/i);
  await search.fill('metrics.accuracy_score > 2');
  await expect(panel.getByText('No candidate matches')).toBeVisible();
  await panel.getByRole('button', { name: 'Clear search and filters' }).click();
  await expect(rows.filter({ hasText: 'linear' }).first()).toBeVisible();
  await panel.getByRole('button', { name: 'Failed' }).click();
  await expect(panel.getByText('No candidate matches')).toBeVisible();
  await panel.getByRole('button', { name: 'Failed' }).click();
  await expect(rows.filter({ hasText: 'linear' }).first()).toBeVisible();
});

test("a search's attempts are folded into it", async ({ page, own }) => {
  const panel = await openPanel(page);
  const notebook = own('regression.ipynb');
  await copyExample(page, 'regression.ipynb', notebook);
  await runNotebook(page, notebook);
  const rows = panel
    .getByRole('grid', { name: 'Candidates' })
    .locator('[role="row"][data-id]');
  await expect(rows).toHaveCount(2);
  const unfold = panel.getByRole('button', { name: '8 children' });
  await unfold.click();
  await expect(rows).toHaveCount(10);
  await picture(page, 'search-attempts');
  await unfold.click();
  await expect(rows).toHaveCount(2);
});

test('the table sorts, groups, and remembers its columns', async ({
  page,
  own
}) => {
  const name = own('biopsies');
  const panel = await runExample(page, name);
  await panel.getByRole('button', { name: 'Open as a table' }).click();
  const grid = page.getByRole('grid', { name: `Table of ${name}` });
  const head = (name: string) => grid.getByRole('columnheader', { name });

  await head('roc_auc_score').getByRole('button').first().click();
  await expect(head('roc_auc_score')).toHaveAttribute(
    'aria-sort',
    'descending'
  );
  // The rows have moved: the keys below go by their places.
  await expect(grid.locator('[data-cell="0:0"]')).toContainText('linear');
  await grid.locator('[data-cell="0:0"]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(grid.locator('[data-cell="1:1"]')).toBeFocused();

  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  const picker = page.getByRole('dialog', { name: 'Columns' });
  await picker.getByRole('searchbox').fill('seed');
  await picker.getByRole('checkbox', { name: 'seed', exact: true }).check();
  await page.keyboard.press('Escape');
  await expect(head('seed')).toBeAttached();

  await page.getByRole('combobox', { name: 'Group by' }).selectOption('Model');
  await expect(
    grid.getByRole('rowheader', { name: /RandomForestClassifier/ })
  ).toBeVisible();
  await expect(grid.getByRole('rowheader')).not.toHaveCount(0);
  await picture(page, 'table-grouped');

  // The workspace is saved two seconds after its last change.
  await page.waitForTimeout(3000);
  await page.reload({ waitForIsReady: false });
  await page.waitForSelector('.jp-mlops-Table');
  await expect(head('seed')).toBeAttached();
  await page
    .getByRole('combobox', { name: 'Group by' })
    .selectOption('nothing');
});

test('columns are moved, resized and pinned by keyboard', async ({
  page,
  own
}) => {
  const name = own('columns');
  const panel = await runExample(page, name);
  await panel.getByRole('button', { name: 'Open as a table' }).click();
  const grid = page.getByRole('grid', { name: `Table of ${name}` });
  await expect(grid).toHaveAttribute('aria-rowcount', '3');
  const heads = grid.getByRole('columnheader');
  const head = heads.filter({ hasText: 'roc_auc_score' });
  const sort = head.getByRole('button').first();

  await grid.locator('[data-cell="0:0"]').focus();
  await page.keyboard.press('ArrowUp');
  await expect(heads.first().getByRole('button').first()).toBeFocused();
  await sort.focus();
  const place = Number(await head.getAttribute('aria-colindex'));
  await page.keyboard.press('Alt+ArrowLeft');
  await expect(head).toHaveAttribute('aria-colindex', String(place - 1));
  await expect(sort).toBeFocused();
  const width = (await head.boundingBox())!.width;
  await page.keyboard.press('Shift+ArrowRight');
  await expect
    .poll(async () => (await head.boundingBox())!.width)
    .toBe(width + 16);
  await page.keyboard.press('Alt+ArrowDown');
  await page.getByRole('menuitem', { name: 'Pin left' }).press('Enter');
  await expect(head).toHaveAttribute('aria-colindex', '2');

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV', exact: true }).click();
  expect((await saved).suggestedFilename()).toBe(`${name}.csv`);
});

test('recording is paused and resumed from the notebook', async ({ page }) => {
  await openNotebook(page, 'training-loop.ipynb');
  const button = page.getByRole('button', { name: 'Recording' });
  await expect(button).toContainText('training-loop');
  await button.click();
  await page.getByRole('menuitem', { name: 'Pause Recording' }).click();
  await expect(button).toContainText('Paused');
  await button.click();
  await page.getByRole('menuitem', { name: 'Resume Recording' }).click();
  await expect(button).toContainText('training-loop');
});

test('search help fills the box with filters that work', async ({
  page,
  request
}) => {
  await storedCandidates(request);
  await page.reload();
  const panel = await openPanel(page);
  await chooseExperiment(panel, 'digits-network');
  const rows = panel
    .getByRole('grid', { name: 'Candidates' })
    .locator('[role="row"][data-id]');
  await expect(rows.first()).toBeVisible();
  const help = panel.getByRole('button', { name: 'Search help' });
  const dialog = page.getByRole('dialog', { name: 'Search help' });
  const search = panel.getByRole('searchbox', { name: 'Search candidates' });

  await help.press('Enter');
  await expect(dialog.getByRole('button').first()).toBeFocused();
  await picture(page, 'search-help');
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Popover')
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual(
    []
  );
  const examples = await dialog.getByRole('button').locator('code').all();
  expect(examples.length).toBeGreaterThan(5);
  for (const example of examples) {
    const filter = (await example.textContent()) ?? '';
    const answer = await request.get('/mlops/api/candidates', {
      params: { filter }
    });
    expect(answer.status(), filter).toBe(200);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(help).toBeFocused();

  await help.click();
  await dialog.getByRole('button', { name: /^metrics\..* a metric$/ }).click();
  await expect(dialog).toBeHidden();
  await expect(search).toBeFocused();
  await expect(search).toHaveValue(/^metrics\.\w+ [<>]= [\d.]+$/);
  await expect(rows.first()).toBeVisible();
  await search.press('Escape');
  await expect(search).toHaveValue('');
});
