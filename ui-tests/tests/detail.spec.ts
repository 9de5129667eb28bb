/** One candidate in full. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expect, picture, test } from './panel';
import { storedCandidates } from './stored';

async function open(page: IJupyterLabPageFixture, id: string): Promise<void> {
  await page.evaluate(
    async id =>
      void (await window.jupyterapp.commands.execute('mlops:open-candidate', {
        id
      })),
    id
  );
  await expect(page.getByRole('region', { name: 'Metrics' })).toBeVisible();
}

let ids: string[] = [];

test.beforeEach(async ({ page, request }) => {
  ids = await storedCandidates(request);
  await page.sidebar.close('left');
});

test('everything about a candidate is on one page', async ({ page }) => {
  await open(page, ids[15]);
  await expect(
    page.getByRole('heading', {
      level: 1,
      name: 'rate 0.1 · 48 tanh · Dropout'
    })
  ).toBeVisible();
  const metrics = page.getByRole('region', { name: 'Metrics' });
  await expect(metrics.getByRole('row', { name: /^accuracy/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Params' })).toContainText(
    'learning_rate'
  );
  await expect(
    page.getByRole('region', { name: 'Reproducibility' })
  ).toContainText('85 of 100');
  await expect(
    page.getByRole('region', { name: 'Registered as' })
  ).toContainText('digits-network 1.1.0');
  await expect(
    page.getByRole('img', { name: 'figures/confusion.svg' })
  ).toBeVisible();
  await page.waitForTimeout(500);
  await picture(page, 'candidate');
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Detail')
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual(
    []
  );

  await metrics.getByRole('button', { name: 'Curve of loss' }).click();
  await expect(
    metrics.getByRole('img', { name: /^Chart: loss\. 1 curve/ })
  ).toBeVisible();
  await page.getByRole('button', { name: 'report.json' }).click();
  await expect(page.getByRole('region', { name: 'report.json' })).toContainText(
    'accuracy'
  );
  const code = page.getByRole('region', { name: 'Executed code' });
  await expect(code).toContainText('StandardScaler().fit_transform(X)');
  await expect(code).toContainText('epoch 3 loss=');
});

test('a failure shows its error and traceback', async ({ page }) => {
  await open(page, ids[17]);
  await expect(
    page.getByText('FloatingPointError: loss is not finite at epoch 31').first()
  ).toBeVisible();
  await page.getByText('Traceback', { exact: true }).click();
  await expect(
    page.getByText('if not np.isfinite(loss)').first()
  ).toBeVisible();
  await picture(page, 'candidate-failed');
});

test('name, star and notes are changed in place', async ({ page, request }) => {
  // A try that failed may have left its own.
  await request.patch(`/mlops/api/candidates/${ids[2]}`, {
    data: { starred: false, notes: '' }
  });
  await open(page, ids[2]);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('narrow');
  await page.getByRole('textbox', { name: 'Name' }).press('Enter');
  await expect(
    page.getByRole('heading', { level: 1, name: 'narrow' })
  ).toBeVisible();
  await expect(page.getByRole('tab', { name: 'narrow' })).toBeVisible();

  await page.getByRole('button', { name: 'Star', exact: true }).click();
  await expect(
    page.getByRole('button', { name: 'Remove star' })
  ).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('button', { name: 'Add notes' }).click();
  await page
    .getByRole('textbox', { name: 'Notes' })
    .fill('Worth **another** try');
  await page.getByRole('textbox', { name: 'Notes' }).press('Control+Enter');
  await expect(
    page.getByRole('region', { name: 'Notes' }).locator('strong')
  ).toHaveText('another');

  await page.waitForTimeout(1500);
  await page.reload({ waitForIsReady: false });
  await expect(
    page.getByRole('heading', { level: 1, name: 'narrow' })
  ).toBeVisible();
  await expect(page.getByRole('region', { name: 'Notes' })).toContainText(
    'Worth another try'
  );
});

test('tags are added, changed and removed in place by keyboard', async ({
  page,
  request
}) => {
  const id = ids[11];
  // A second attempt must not meet the tag of the first.
  const stage = `stage ${Date.now()}`;
  await open(page, id);
  const tags = page.getByRole('region', { name: 'Tags' });
  const name = tags.getByRole('textbox', { name: 'Tag name' });
  const value = tags.getByRole('textbox', { name: 'Tag value' });

  await tags.getByRole('button', { name: 'Add tag' }).click();
  await expect(name).toBeFocused();
  await name.fill('mlops.mine');
  await value.fill('first try');
  await value.press('Enter');
  await expect(tags.getByRole('alert')).toContainText('kept by the programs');
  await name.fill(stage);
  await name.press('Enter');
  const edit = tags.getByRole('button', { name: `Edit tag ${stage}` });
  await expect(edit).toBeFocused();
  await expect(tags).toContainText('first try');

  await edit.press('Enter');
  await expect(value).toBeFocused();
  await value.fill('thrown away');
  await value.press('Escape');
  await expect(edit).toBeFocused();
  await expect(tags).toContainText('first try');
  await edit.press('Enter');
  await value.fill('final');
  await picture(page, 'candidate-tags');
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Detail')
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual(
    []
  );
  await value.press('Enter');
  await expect(tags).toContainText('final');
  const kept = async () => {
    const answer = await request.get(`/mlops/api/candidates/${id}`);
    return ((await answer.json()) as { tags: Record<string, string> }).tags;
  };
  expect(await kept()).toMatchObject({ [stage]: 'final' });

  await tags.getByRole('button', { name: `Remove tag ${stage}` }).click();
  await expect(tags.getByText(`${stage} was removed.`)).toBeVisible();
  expect(await kept()).not.toHaveProperty([stage]);
  await tags.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect(edit).toBeFocused();
  await edit.press('Delete');
  await expect(edit).toBeHidden();

  // What programs keep is folded, and has no buttons.
  await expect(tags.getByText('digits-network.ipynb')).toBeHidden();
  await tags.getByText('1 tag of MLflow and the recorder').click();
  await expect(tags.getByText('digits-network.ipynb')).toBeVisible();
  await expect(
    tags.getByRole('button', { name: 'Remove tag mlops.notebook' })
  ).toHaveCount(0);
});

test('it is readable in the dark theme and in a narrow window', async ({
  page
}) => {
  await page.theme.setDarkTheme();
  await open(page, ids[9]);
  await page.waitForTimeout(800);
  await picture(page, 'candidate-dark');
  await page.setViewportSize({ width: 460, height: 800 });
  await expect(
    page.getByRole('button', { name: 'Register model' })
  ).toBeInViewport();
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Detail')
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual(
    []
  );
  await page.theme.setLightTheme();
});
