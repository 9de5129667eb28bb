/** What was deleted: listed, restored, and deleted for good. */
import AxeBuilder from '@axe-core/playwright';

import { expect, openPanel, test } from './panel';

/** A candidate of an experiment of this try, made as any MLflow client makes it. */
test('a deleted candidate is brought back from the bin, or goes for good', async ({
  page,
  request,
  own
}) => {
  const experiment = own(`bin-${Date.now()}`);
  const mlflow = async (path: string, data: Record<string, unknown>) => {
    const answer = await request.post(`/mlops/mlflow/api/2.0/mlflow/${path}`, {
      data
    });
    expect(answer.ok()).toBe(true);
    return answer.json();
  };
  const { experiment_id } = await mlflow('experiments/create', {
    name: experiment
  });
  for (const name of ['kept', 'dropped']) {
    const { run } = await mlflow('runs/create', {
      experiment_id,
      run_name: name,
      start_time: Date.now()
    });
    await mlflow('runs/update', {
      run_id: run.info.run_id,
      status: 'FINISHED',
      end_time: Date.now()
    });
  }

  const panel = await openPanel(page);
  await panel.getByRole('button', { name: 'Look again' }).click();
  await panel
    .getByRole('combobox', { name: 'Experiment' })
    .selectOption({ label: experiment });
  const grid = panel.getByRole('grid', { name: 'Candidates' });
  const box = (name: string) =>
    grid.getByRole('checkbox', { name: `Select ${name}` });
  await expect(box('dropped')).toBeVisible();

  for (const name of ['kept', 'dropped']) {
    await grid
      .getByRole('row')
      .filter({ has: page.getByRole('checkbox', { name: `Select ${name}` }) })
      .click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete Candidate' }).click();
    await expect(box(name)).toHaveCount(0);
  }

  await panel.getByRole('button', { name: 'Bin' }).click();
  await expect(box('kept')).toBeVisible();
  await expect(box('dropped')).toBeVisible();
  const { violations } = await new AxeBuilder({ page })
    .include('.jp-mlops-Panel')
    .analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await box('kept').check();
  await panel.getByRole('button', { name: 'Restore' }).click();
  await expect(box('kept')).toHaveCount(0);

  await box('dropped').check();
  await panel.getByRole('button', { name: 'Delete for good…' }).click();
  await page
    .getByRole('dialog', { name: 'Delete for good?' })
    .getByRole('button', { name: 'Delete for good' })
    .click();
  await expect(panel.getByText('No deleted candidates')).toBeVisible();
  await panel.getByRole('button', { name: 'Show the others' }).click();
  await expect(box('kept')).toBeVisible();
  await expect(box('dropped')).toHaveCount(0);
});
