/** Sharing through GitLab: connect, look before anything leaves, decide, pause, and a second project. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import {
  copyExample,
  expect,
  openPanel,
  picture,
  runNotebook,
  test
} from './panel';

/** Serious and critical findings of axe-core in the open dialog, as short lines. */
async function findings(page: IJupyterLabPageFixture): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: page as never })
    .include('.jp-mlops-Dialog')
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(node => `${id}: ${node.html.slice(0, 160)}`)
    );
}

/** Open the queue from the status bar. */
async function openQueue(page: IJupyterLabPageFixture): Promise<Locator> {
  await page.locator('.jp-mlops-StatusItem').click();
  const queue = page.getByRole('dialog', { name: 'GitLab queue' });
  await expect(
    queue.getByRole('region', { name: 'Connection default' })
  ).toBeVisible();
  return queue;
}

test('connections, the queue and the secret gate', async ({
  page,
  own,
  request
}, { retry, repeatEachIndex }) => {
  const production = own('production');
  const notebook = own('secretive.ipynb');
  // A try that failed may have left the queue paused.
  await request.post('/mlops/api/sync/resume');
  await openPanel(page);
  await copyExample(page, 'classification.ipynb', notebook);
  await runNotebook(page, notebook);
  await expect(page.getByText('GitLab: synced')).toBeVisible({
    timeout: 60_000
  });

  // A notebook with a secret in it is held; the line is shown with the secret masked.
  // Each try has a secret of its own: the server remembers what was decided.
  const secret = `a8f5f167f44f4964e6c998dee${retry}${repeatEachIndex}`;
  await page.notebook.addCell('code', `api_key = "${secret}"`);
  await page.notebook.run();
  await expect(page.getByText(/GitLab: \d+ need/)).toBeVisible({
    timeout: 60_000
  });
  let queue = await openQueue(page);
  const found = queue.getByRole('list', { name: 'Possible secrets' }).first();
  await expect(found).toContainText('a8f5••••••••');
  expect(await found.textContent()).not.toContain(secret);
  await queue.getByRole('button', { name: 'What would be pushed' }).click();
  await expect(queue.getByRole('status')).toContainText(
    /A push would send .*candidate/
  );
  expect.soft(await findings(page)).toEqual([]);
  await picture(page, 'queue');

  // Deciding needs no mouse, and Enter on a button is not the dialog's.
  const redact = queue
    .getByRole('button', { name: /^Redact in upload/ })
    .first();
  await redact.focus();
  await page.keyboard.press('Enter');
  await expect(queue).toBeVisible();
  await expect(
    queue.getByRole('list', { name: 'Possible secrets' })
  ).toHaveCount(0, { timeout: 30_000 });

  await queue.getByRole('button', { name: 'Pause' }).click();
  await expect(queue.getByRole('button', { name: 'Resume' })).toBeVisible();
  await expect(queue.getByText('Paused')).toBeVisible();
  await queue.getByRole('button', { name: 'Resume' }).click();
  await expect(queue.getByRole('button', { name: 'Pause' })).toBeVisible();

  // A second project takes a name of its own.
  await queue.getByRole('button', { name: 'Connect another project…' }).click();
  const connect = page.getByRole('dialog', { name: 'Connect GitLab' });
  const url = connect.getByRole('textbox', { name: 'GitLab' });
  await expect(url).toBeFocused();
  await expect(url).toHaveValue(/^http:\/\/127\.0\.0\.1:\d+$/);
  const page_ = connect.getByRole('link', {
    name: 'Create a token in GitLab'
  });
  await expect(page_).toHaveAttribute(
    'href',
    /user_settings\/personal_access_tokens\?.*name=jupyterlab-mlops.*scopes=api/
  );
  await connect
    .getByRole('textbox', { name: 'Project' })
    .fill('group/production');
  const name = connect.getByRole('textbox', {
    name: 'Name of this connection'
  });
  await name.fill('default');
  await expect(connect.getByRole('alert')).toContainText(
    'Another connection has this name'
  );
  await name.fill(production);
  await connect.getByRole('button', { name: 'Check' }).click();
  await expect(connect.getByText('Everything needed is there')).toBeVisible();
  await expect(connect.getByRole('status')).toContainText(/A push would send/);
  expect.soft(await findings(page)).toEqual([]);
  await picture(page, 'connect');
  await connect
    .getByRole('textbox', { name: 'Access token' })
    .fill('glpat-nobody-knows-this');
  await page.keyboard.press('Enter');
  await expect(connect.getByRole('list', { name: 'Checks' })).toContainText(
    'is not known there'
  );
  await connect.getByRole('textbox', { name: 'Access token' }).fill('');
  await page.keyboard.press('Enter');

  queue = page.getByRole('dialog', { name: 'GitLab queue' });
  const second = queue.getByRole('region', {
    name: `Connection ${production}`
  });
  await expect(second).toContainText('Everything recorded here is there', {
    timeout: 60_000
  });
  expect.soft(await findings(page)).toEqual([]);
  await picture(page, 'queue-two');
  const end = second.getByRole('button', { name: /^Disconnect/ });
  await end.click();
  await end.click();
  await expect(second).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(queue).toBeHidden();
});

test('the dialogs in the dark', async ({ page }) => {
  await page.theme.setTheme('JupyterLab Dark');
  await openPanel(page);
  const queue = await openQueue(page);
  await queue.getByRole('button', { name: 'What would be pushed' }).click();
  await expect(queue.getByRole('status')).toBeVisible();
  expect.soft(await findings(page)).toEqual([]);
  await picture(page, 'queue-dark');
  await queue.getByRole('button', { name: 'Connect another project…' }).click();
  const connect = page.getByRole('dialog', { name: 'Connect GitLab' });
  await connect.getByRole('textbox', { name: 'Project' }).fill('no/where');
  await connect
    .getByRole('textbox', { name: 'Name of this connection' })
    .fill('production');
  await connect.getByRole('button', { name: 'Check' }).click();
  await expect(connect.getByText(/shows no project/)).toBeVisible();
  expect.soft(await findings(page)).toEqual([]);
  await picture(page, 'connect-dark');
});

test('deletes in GitLab on request', async ({ page, own }) => {
  const model = own('doomed').replace('-', '_');
  const panel = await openPanel(page);
  await page.notebook.createNew();
  await page.notebook.addCell(
    'code',
    [
      'from sklearn.dummy import DummyClassifier',
      `${model} = DummyClassifier().fit([[0], [1]], [0, 1])`,
      `${model}.score([[0], [1]], [0, 1])`
    ].join('\n')
  );
  await page.notebook.run();
  // Others of this server are in the list too: the row is told by its name, not by its place.
  const row = panel
    .getByRole('grid', { name: 'Candidates' })
    .locator('.jp-mlops-Candidate')
    .filter({ hasText: model });
  await expect(row.getByRole('img', { name: 'In GitLab' })).toBeVisible({
    timeout: 60_000
  });
  await row.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Delete in GitLab…' }).click();
  const question = page.getByRole('dialog', { name: /Delete in GitLab/ });
  await question.getByRole('button', { name: 'Delete in GitLab' }).click();
  await expect(page.getByText('Deleted in GitLab.')).toBeVisible();
  await expect(row.getByRole('img', { name: 'Only here' })).toBeVisible();
});
