/** Charts of a comparison beyond curves: a third value on the scatter and boxes of groups. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expect, picture, test } from './panel';
import { storedCandidates } from './stored';

let ids: string[] = [];

test.beforeEach(async ({ page, request }) => {
  ids = await storedCandidates(request);
  await page.sidebar.close('left');
});

/** The charts of all stored candidates. */
async function openCharts(page: IJupyterLabPageFixture): Promise<Locator> {
  await page.evaluate(
    async ids =>
      void (await window.jupyterapp.commands.execute('mlops:compare', {
        ids,
        tab: 'charts'
      })),
    ids
  );
  const charts = page.getByRole('tabpanel', { name: 'Charts', exact: true });
  await expect(charts).toBeVisible();
  return charts;
}

test('a third value colours the scatter and paints contours', async ({
  page
}) => {
  const charts = await openCharts(page);
  const scatter = charts.getByRole('figure', { name: 'Chart: Scatter' });
  const choose = (name: string, label: string) =>
    scatter
      .getByRole('combobox', { name, exact: true })
      .selectOption({ label });
  await choose('y', 'hidden');
  await expect(
    scatter.getByRole('checkbox', { name: 'Scatter: contours' })
  ).toHaveCount(0);
  await choose('colour', 'accuracy');
  await scatter.getByRole('checkbox', { name: 'Scatter: log x' }).check();
  await expect(
    scatter.getByRole('checkbox', { name: 'Scatter: contours' })
  ).toBeChecked();
  await expect(scatter.getByText('accuracy: low')).toBeVisible();

  const boxes = charts.getByRole('figure', { name: 'Chart: Boxes' });
  await boxes
    .getByRole('combobox', { name: 'by', exact: true })
    .selectOption({ label: 'hidden' });
  await expect(boxes.getByRole('img')).toHaveAccessibleName(
    /accuracy by hidden, 3 groups/
  );
  await boxes.scrollIntoViewIfNeeded();
  await picture(page, 'comparison-boxes');
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Compare')
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual(
    []
  );

  // The table says the same without a picture: quartiles of each group.
  await boxes.getByRole('button', { name: 'Show Boxes as a table' }).click();
  await expect(
    boxes.getByRole('columnheader', { name: 'median' })
  ).toBeVisible();
  await expect(boxes.getByRole('row')).toHaveCount(4);
});
