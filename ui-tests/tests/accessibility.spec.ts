/** Every view of ours in every theme of JupyterLab's own, without a serious finding of axe-core. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import {
  expect,
  openNotebook,
  openPanel,
  picture,
  runNotebook,
  test,
  tick
} from './panel';

/** Serious and critical findings inside what is ours, as short lines. */
async function findings(
  page: IJupyterLabPageFixture,
  ...where: string[]
): Promise<string[]> {
  // What a kernel drew, such as scikit-learn's HTML, is not ours.
  const builder = new AxeBuilder({ page: page as never }).exclude(
    '.jp-RenderedHTMLCommon'
  );
  for (const selector of where) {
    builder.include(selector);
  }
  const { violations } = await builder.analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(node => `${id}: ${node.html.slice(0, 160)}`)
    );
}

for (const [theme, suffix] of [
  ['JupyterLab Light', ''],
  ['JupyterLab Dark', '-dark'],
  ['JupyterLab Dark High Contrast', '-dark-high-contrast']
]) {
  test(`views are accessible in ${theme}`, async ({ page }) => {
    await page.theme.setTheme(theme);
    const panel = await openPanel(page);
    await runNotebook(page, 'classification.ipynb');
    await expect(
      panel.getByRole('checkbox', { name: /^Select / }).nth(1)
    ).toBeVisible();
    await expect(page.getByText('GitLab: synced')).toBeVisible({
      timeout: 30_000
    });

    expect
      .soft(
        await findings(
          page,
          '.jp-mlops-Sidebar',
          '.jp-mlops-RecordingItem',
          '.jp-mlops-StatusItem'
        )
      )
      .toEqual([]);
    await picture(page, `sidebar${suffix}`);

    await panel.getByRole('button', { name: 'Open as a table' }).click();
    const grid = page.getByRole('grid', { name: 'Table of classification' });
    await expect(grid.getByRole('row').nth(2)).toBeVisible();
    expect.soft(await findings(page, '.jp-mlops-TableView')).toEqual([]);
    await picture(page, `table${suffix}`);

    await tick(panel, 0, 1);
    await panel.getByRole('button', { name: 'Compare' }).click();
    const comparison = page.locator('.jp-mlops-Compare');
    for (const tab of ['Differences', 'Charts', 'Code', 'Artifacts']) {
      await comparison.getByRole('tab', { name: tab }).click();
      await expect(
        comparison.getByRole('tabpanel', { name: tab })
      ).toBeVisible();
      await page.waitForTimeout(1500);
      expect.soft(await findings(page, '.jp-mlops-Compare'), tab).toEqual([]);
    }

    await openNotebook(page, 'classification.ipynb');
    await page
      .locator('.jp-CodeCell', { hasText: 'forest.fit(' })
      .locator('.cm-content')
      .click();
    await page.getByRole('button', { name: 'Register model' }).click();
    const register = page.getByRole('dialog', { name: 'Register model' });
    await expect(
      register.getByRole('combobox', { name: 'Model name' })
    ).toBeVisible();
    expect.soft(await findings(page, '.jp-mlops-Dialog')).toEqual([]);
    await picture(page, `register${suffix}`);
    await page.keyboard.press('Enter');
    await expect(register).toBeHidden({ timeout: 60_000 });

    await panel.getByRole('tab', { name: 'Models' }).click();
    await panel
      .getByRole('list', { name: /^Versions of / })
      .getByRole('button')
      .first()
      .click();
    await expect(page.locator('.jp-mlops-VersionView')).toBeVisible();
    await page.waitForTimeout(500);
    expect
      .soft(await findings(page, '.jp-mlops-Sidebar', '.jp-mlops-VersionView'))
      .toEqual([]);
    await picture(page, `model-version${suffix}`);

    await panel.getByRole('tab', { name: 'Candidates' }).click();
    await panel
      .getByRole('grid', { name: 'Candidates' })
      .getByRole('row')
      .nth(1)
      .press('Enter');
    await expect(page.locator('.jp-mlops-Detail')).toBeVisible();
    await page.waitForTimeout(1000);
    expect.soft(await findings(page, '.jp-mlops-Detail')).toEqual([]);
  });
}
