/** Comparing candidates: what differs, curves, code and artifacts. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import * as fs from 'fs';

import { expect, picture, test } from './panel';
import { storedCandidates } from './stored';

/** A slow one, three that learned, and one that diverged. */
const CHOSEN = [3, 9, 15, 17, 20];

/** Open a comparison, and return what its tab shows. */
async function compare(
  page: IJupyterLabPageFixture,
  ids: string[],
  tab = 'Differences'
): Promise<Locator> {
  await page.evaluate(
    async ids =>
      void (await window.jupyterapp.commands.execute('mlops:compare', { ids })),
    ids
  );
  await expect(
    page.getByRole('tab', { name: 'Compare candidates' })
  ).toBeVisible();
  await page.getByRole('tab', { name: tab, exact: true }).click();
  return page.getByRole('tabpanel', { name: tab, exact: true });
}

/** No serious violation in what is in sight. */
async function expectAccessible(page: IJupyterLabPageFixture): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Compare')
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual(
    []
  );
}

let ids: string[] = [];

test.beforeEach(async ({ page, request }) => {
  ids = await storedCandidates(request);
  await page.sidebar.close('left');
});

test('the table has them all, in groups too', async ({ page }) => {
  await page.evaluate(
    async () =>
      void (await window.jupyterapp.commands.execute('mlops:open-table'))
  );
  await page
    .getByRole('combobox', { name: 'Experiment' })
    .last()
    .selectOption({ label: 'digits-network' });
  const grid = page.getByRole('grid', { name: 'Table of digits-network' });
  await expect(grid).toHaveAttribute('aria-rowcount', '26');
  await grid
    .getByRole('columnheader', { name: 'val_accuracy' })
    .getByRole('button')
    .first()
    .click();
  await expect(
    grid.getByRole('columnheader', { name: 'val_accuracy' })
  ).toHaveAttribute('aria-sort', 'descending');
  await page
    .getByRole('combobox', { name: 'Group by' })
    .selectOption({ label: 'hidden' });
  await expect(grid.getByRole('rowheader').first()).toContainText('hidden');
  await expect(grid.getByText(/± 0\.\d+/).first()).toBeVisible();
  await picture(page, 'candidates-table');
});

test('only what differs is listed, against a baseline that moves', async ({
  page
}) => {
  const differences = await compare(
    page,
    CHOSEN.map(place => ids[place])
  );
  const row = (name: string) =>
    differences.getByRole('row').filter({
      has: page.getByRole('rowheader', { name: new RegExp(`^${name}`) })
    });
  await expect(row('activation')).toContainText('relu');
  await expect(row('epochs')).toHaveCount(0);
  await expect(differences.getByText(/equal rows hidden/)).toBeVisible();
  await expect(row('f1_score').getByText('not recorded')).toHaveCount(1);
  await expect(
    row('f1_score').getByText('better', { exact: true })
  ).toHaveCount(3);
  await picture(page, 'comparison-differences');
  await expectAccessible(page);

  await differences
    .getByRole('button', { name: /^Make baseline: rate 0.1 · 48/ })
    .click();
  await expect(row('f1_score').getByText('worse', { exact: true })).toHaveCount(
    2
  );

  await differences
    .getByRole('switch', { name: 'Differences only' })
    .uncheck({ force: true });
  await expect(row('epochs')).toBeVisible();

  await differences
    .getByRole('searchbox', { name: 'Search rows' })
    .fill('loss');
  await expect(row('activation')).toHaveCount(0);
  await expect(row('val_loss')).toBeVisible();
});

test('curves are zoomed, smoothed, grouped and saved', async ({ page }) => {
  const charts = await compare(
    page,
    CHOSEN.map(place => ids[place]),
    'Charts'
  );
  const loss = charts.getByRole('img', { name: /^Chart: loss\./ });
  await expect(loss.locator('canvas')).toBeVisible();
  await expect(loss).toHaveAccessibleName(/5 curves over step/);
  await page.waitForTimeout(500);
  await picture(page, 'comparison-charts');
  await expectAccessible(page);

  const finer = page.waitForRequest(/series\?.*metric=loss.*from=/);
  const box = (await loss.boundingBox())!;
  await page.mouse.move(box.x + 120, box.y + 90);
  await page.mouse.down();
  await page.mouse.move(box.x + 240, box.y + 90, { steps: 4 });
  await page.mouse.up();
  await finer;
  await charts.getByRole('button', { name: 'Reset zoom' }).click();
  await loss.press('+');
  await expect(
    charts.getByRole('button', { name: 'Reset zoom' })
  ).toBeVisible();
  await loss.press('0');
  await expect(charts.getByRole('button', { name: 'Reset zoom' })).toHaveCount(
    0
  );

  await charts.getByLabel('Smoothing').fill('0.6');
  await charts.getByLabel('Log y', { exact: true }).check();
  await charts.getByLabel('X axis').selectOption('relative');
  await charts.getByLabel('Group by').selectOption({ label: 'activation' });
  await expect(
    charts.getByText('mean ± standard deviation').first()
  ).toBeVisible();
  await charts.getByLabel('Group by').selectOption('');

  await charts
    .getByRole('button', { name: 'Show val_loss as a table' })
    .click();
  const table = charts.getByRole('table', { name: 'Chart: val_loss' });
  await expect(table.getByRole('columnheader')).toHaveCount(6);

  for (const kind of ['PNG', 'SVG', 'CSV']) {
    const saved = page.waitForEvent('download');
    await charts.getByRole('button', { name: `Save loss as ${kind}` }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe(`loss.${kind.toLowerCase()}`);
    expect(fs.statSync((await file.path())!).size).toBeGreaterThan(500);
  }
});

test('what is brushed or hidden is filtered in every tab', async ({ page }) => {
  const charts = await compare(page, ids, 'Charts');
  await charts.getByRole('button', { name: /^rate 0.8/ }).click();
  await expect(page.getByText('24 of 25 candidates are shown')).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();

  const lines = charts.getByRole('img', {
    name: /^Chart: Parallel coordinates/
  });
  await lines.scrollIntoViewIfNeeded();
  await expect(lines.locator('canvas')).toBeVisible();
  const box = (await lines.boundingBox())!;
  const last = box.x + box.width - 72;
  await page.mouse.move(last, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(last, box.y + 130, { steps: 6 });
  await page.mouse.up();
  const told = page.getByText(/^\d+ of 25 candidates are shown$/);
  await expect(told).toBeVisible();
  const shown = Number((await told.textContent())!.split(' ')[0]);
  expect(shown).toBeLessThan(25);
  await picture(page, 'comparison-parallel');

  await page.getByRole('tab', { name: 'Differences', exact: true }).click();
  const table = page.getByRole('table', { name: 'Differences' });
  // The baseline stays to compare with, inside the brush or not.
  const columns = Number(await table.getAttribute('aria-colcount')) - 1;
  expect([shown, shown + 1]).toContain(columns);
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(table).toHaveAttribute('aria-colcount', '26');
});

test('the same is filtered from the keyboard', async ({ page }) => {
  const charts = await compare(page, ids, 'Charts');
  await charts.getByText('Axes…').press('Enter');
  await charts
    .getByRole('spinbutton', { name: 'learning_rate from' })
    .fill('0.2');
  await charts
    .getByRole('spinbutton', { name: 'learning_rate from' })
    .press('Enter');
  await expect(page.getByText('7 of 25 candidates are shown')).toBeVisible();
});

test('code is compared cell by cell, equal cells folded', async ({ page }) => {
  const code = await compare(
    page,
    CHOSEN.map(place => ids[place]),
    'Code'
  );
  await expect(code.getByText('3 changed')).toBeVisible();
  await expect(code.locator('[data-changed]').first()).toHaveText('0.01');
  await expect(code.getByText('Dropout(0.2)')).toBeVisible();
  await picture(page, 'comparison-code');
  await expectAccessible(page);
  const folded = code.getByRole('button', { name: '1 equal cell' });
  await expect(folded).toHaveCount(2);
  await folded.first().click();
  await expect(code.getByText('import numpy').first()).toBeVisible();
  await code.getByLabel('To').selectOption({ index: 0 });
  await expect(code.getByText('The code is the same')).toBeVisible();
});

test('images stand side by side, other files are downloaded', async ({
  page
}) => {
  const artifacts = await compare(
    page,
    CHOSEN.map(place => ids[place]),
    'Artifacts'
  );
  const images = artifacts.getByRole('region', {
    name: 'figures/confusion.svg'
  });
  await expect(images.getByRole('img').first()).toBeVisible();
  await picture(page, 'comparison-artifacts');
  await expectAccessible(page);
  const saved = page.waitForEvent('download');
  await artifacts
    .getByRole('link', { name: /^Download report.json of rate 0.01/ })
    .click();
  expect((await saved).suggestedFilename()).toBe('report.json');
});

test('a comparison comes back after a reload', async ({ page }) => {
  await compare(page, [ids[1], ids[2]], 'Charts');
  await page.waitForTimeout(1500);
  await page.reload({ waitForIsReady: false });
  await expect(
    page.getByRole('tab', { name: 'Charts', exact: true })
  ).toHaveAttribute('aria-selected', 'true');
  await expect(
    page.getByRole('button', { name: /^rate 0.01 · 16 tanh/ })
  ).toBeVisible();
});

test('every tab is readable in the dark theme', async ({ page }) => {
  await page.theme.setDarkTheme();
  const chosen = CHOSEN.map(place => ids[place]);
  for (const tab of ['Differences', 'Charts', 'Code', 'Artifacts']) {
    await compare(page, chosen, tab);
    await page.waitForTimeout(1500);
    await picture(page, `comparison-${tab.toLowerCase()}-dark`);
    await expectAccessible(page);
  }
  await page.theme.setLightTheme();
});
