/** The notebook itself: what is recorded of it, and output that came while it was closed. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import {
  expect,
  openNotebook,
  openPanel,
  picture,
  release,
  test,
  waitFor,
  writeNotebook
} from './panel';

test('output that arrived while the notebook was closed is brought back', async ({
  page,
  own,
  request
}) => {
  const path = own('away.ipynb');
  const gate = own('away');
  await writeNotebook(page, path, [`${waitFor(gate)}\nprint('done', 3 + 4)`]);
  await openNotebook(page, path);
  await expect(page.locator('.jp-Notebook-ExecutionIndicator')).toHaveAttribute(
    'data-status',
    'idle'
  );
  await page.locator('.jp-CodeCell .cm-content').click();
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.jp-InputPrompt').first()).toHaveText('[*]:');
  const button = page.getByRole('button', {
    name: /^Bring back 1 lost output/
  });
  await expect(button).toBeHidden();

  // Nobody is connected any more until the cell has ended.
  const lab = page.url();
  await show(page, 'about:blank');
  await release(page, gate);
  const kernel = async () => {
    const sessions = await request.get('/api/sessions');
    return ((await sessions.json()) as Session[]).find(
      session => session.path === path
    )?.kernel;
  };
  await expect.poll(async () => (await kernel())?.connections).toBe(0);
  await expect.poll(async () => (await kernel())?.execution_state).toBe('idle');
  await show(page, lab);
  await page.reload({ waitForIsReady: false });
  await openNotebook(page, path);

  await expect(button).toBeVisible({ timeout: 20_000 });
  const output = page.locator('.jp-OutputArea-output');
  await expect(output).toHaveCount(0);
  await picture(page, 'lost-output');
  await button.click();
  await expect(output).toHaveText(/done 7/);
  await expect(page.locator('.jp-InputPrompt').first()).toHaveText('[1]:');
  await expect(
    page.getByText('The output of 1 cell was brought back.')
  ).toBeVisible();
  await expect(button).toBeHidden();

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(output).toHaveCount(0);
  await expect(button).toBeVisible();
});

interface Session {
  path: string;
  kernel: { connections: number; execution_state: string };
}

/** Leave for another address, without what Galata's goto waits for. */
async function show(page: IJupyterLabPageFixture, url: string): Promise<void> {
  await page.evaluate(url => {
    window.location.href = url;
  }, url);
  await page.waitForURL(url);
}

test('the last run is named, then discarded', async ({ page, own }) => {
  const panel = await openPanel(page);
  const name = own('two levels');
  await page.notebook.createNew(own('once.ipynb'), { kernel: 'python3' });
  await page.notebook.setCell(
    0,
    'code',
    [
      'from sklearn.datasets import load_iris',
      'from sklearn.tree import DecisionTreeClassifier',
      'X, y = load_iris(return_X_y=True)',
      'tree = DecisionTreeClassifier(max_depth=2).fit(X, y)'
    ].join('\n')
  );
  await page.notebook.save();
  await page.notebook.run();
  const grid = panel.getByRole('grid', { name: 'Candidates' });
  const boxes = grid.getByRole('checkbox', { name: /^Select / });
  await expect(boxes).toHaveCount(1, { timeout: 20_000 });

  const recording = page.getByRole('button', { name: 'Recording' });
  const text = page.getByRole('dialog').getByRole('textbox');
  // A candidate may be seen a moment before the run that made it.
  await expect(async () => {
    await recording.click();
    await page.getByRole('menuitem', { name: 'Name the Last Run…' }).click();
    await expect(text).toBeVisible({ timeout: 3000 });
  }).toPass();
  await text.fill(name);
  await page.keyboard.press('Enter');
  await expect(
    grid.getByRole('checkbox', { name: `Select ${name}` })
  ).toBeVisible();

  await recording.click();
  await picture(page, 'recording-menu');
  await page.getByRole('menuitem', { name: 'Discard the Last Run…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(name);
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(boxes).toHaveCount(0);
  await expect(
    page.getByText('Run discarded, 1 candidate deleted.')
  ).toBeVisible();
  await page.getByRole('button', { name: 'Restore Candidates' }).click();
  await expect(boxes).toHaveCount(1);

  await recording.click();
  await page.getByRole('menuitem', { name: 'Pause Recording' }).click();
  await expect(recording).toContainText('Paused');
});

test('an edit is seen before it is saved or run', async ({ page, own }) => {
  const panel = await openPanel(page);
  await page.notebook.createNew(own('edited.ipynb'));
  await page.notebook.setCell(
    0,
    'code',
    [
      'from sklearn.datasets import load_iris',
      'from sklearn.tree import DecisionTreeClassifier',
      'X, y = load_iris(return_X_y=True)',
      'tree = DecisionTreeClassifier(max_depth=2).fit(X, y)'
    ].join('\n')
  );
  await page.notebook.run();
  const now = panel.getByRole('note', { name: 'Now' });
  await expect(now).toContainText('As in the latest candidate', {
    timeout: 20_000
  });
  await expect(
    page.getByRole('button', {
      name: '1 candidate came from this cell as it is'
    })
  ).toBeVisible();

  await page.locator('.jp-CodeCell .cm-content').first().click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('\nchanged = True');
  await expect(now).toContainText('changed');
  await expect(
    page.getByRole('button', { name: 'the cell was edited since' })
  ).toBeVisible();
});
