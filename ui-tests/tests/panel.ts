/** What the stories share: a page that tells of its problems, and the panel's parts by name. */
import { test as base, expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import * as fs from 'fs';
import * as path from 'path';

/** Messages of JupyterLab and of libraries that are not ours to mend. */
const NOT_OURS = [
  /copy-paste icon/,
  /favicon/,
  /ResizeObserver loop/,
  // Of all plugins at once, where the machine is busy.
  /^Plugin .* to activate\.$/
];

/**
 * A test that fails when the page logs an error or a warning, or our API
 * fails. `own` makes a name this try's own: what an earlier try left on the
 * server has another, and pictures, of the first try, show the plain one.
 */
export const test = base.extend<{
  problems: string[];
  own: (name: string) => string;
}>({
  own: async ({}, use, { retry, repeatEachIndex }) => {
    const nth = retry || repeatEachIndex ? `-${repeatEachIndex}${retry}` : '';
    await use(name => name.replace(/(\.ipynb)?$/, `${nth}$1`));
  },
  problems: [
    async ({ page }, use) => {
      const problems: string[] = [];
      page.on('console', message => {
        const text = message.text();
        if (
          ['error', 'warning'].includes(message.type()) &&
          !NOT_OURS.some(pattern => pattern.test(text))
        ) {
          problems.push(`${message.type()}: ${text}`);
        }
      });
      page.on('pageerror', error => problems.push(`page: ${error.message}`));
      page.on('response', response => {
        if (
          response.status() >= 500 &&
          response.url().includes('/mlops/api/')
        ) {
          problems.push(`${response.status()}: ${response.url()}`);
        }
      });
      await use(problems);
      expect(problems).toEqual([]);
    },
    { auto: true }
  ]
});

export { expect };

/** Show the panel, and return it. */
export async function openPanel(
  page: IJupyterLabPageFixture
): Promise<Locator> {
  const panel = page.getByRole('region', { name: 'Experiments' });
  if (!(await panel.isVisible())) {
    await page
      .locator('.jp-SideBar')
      .getByRole('tab', { name: 'Experiments' })
      .click();
  }
  await expect(panel).toBeVisible();
  return panel;
}

/** Open a notebook of the server's root. */
export async function openNotebook(
  page: IJupyterLabPageFixture,
  path: string
): Promise<void> {
  await page.evaluate(
    async path =>
      void (await window.jupyterapp.commands.execute('docmanager:open', {
        path
      })),
    path
  );
  await page.notebook.activate(path.split('/').pop() ?? path);
}

/** Open a notebook, wait for its kernel, and execute it from top to bottom. */
export async function runNotebook(
  page: IJupyterLabPageFixture,
  path: string
): Promise<void> {
  await openNotebook(page, path);
  await page.notebook.run();
}

/** Write a notebook of code cells to the server's root. */
export async function writeNotebook(
  page: IJupyterLabPageFixture,
  path: string,
  cells: string[]
): Promise<void> {
  const notebook = {
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      source,
      metadata: {},
      outputs: [],
      execution_count: null
    })),
    metadata: {
      kernelspec: {
        name: 'python3',
        display_name: 'Python 3',
        language: 'python'
      }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
  await page.contents.uploadContent(JSON.stringify(notebook), 'text', path);
}

/** Copy one of examples/ to the server's root, under a name of its own. */
export async function copyExample(
  page: IJupyterLabPageFixture,
  example: string,
  to: string
): Promise<void> {
  const file = path.resolve(__dirname, '../../examples', example);
  await page.contents.uploadContent(fs.readFileSync(file, 'utf-8'), 'text', to);
}

/** Let the cell go on that `waitFor` holds back. */
export async function release(
  page: IJupyterLabPageFixture,
  gate: string
): Promise<void> {
  await page.contents.uploadContent('', 'text', gate);
}

/** A cell that ends when a file of this name appears beside its notebook. */
export const waitFor = (gate: string): string =>
  `import pathlib, time\nwhile not pathlib.Path('${gate}').exists():\n    time.sleep(0.1)`;

/** Choose an experiment by name. */
export async function chooseExperiment(
  panel: Locator,
  name: string
): Promise<void> {
  await panel
    .getByRole('combobox', { name: 'Experiment' })
    .selectOption({ label: name });
}

/** Tick candidates by their place in the list, from 0. */
export async function tick(panel: Locator, ...places: number[]): Promise<void> {
  const boxes = panel
    .getByRole('grid', { name: 'Candidates' })
    .getByRole('checkbox', { name: /^Select / });
  for (const place of places) {
    await boxes.nth(place).check();
  }
}

/**
 * Keep a picture for the documentation: `UPDATE_SCREENSHOTS=1` writes those
 * of docs/images, else they stay with the results.
 */
export async function picture(
  page: IJupyterLabPageFixture,
  name: string
): Promise<void> {
  const folder = process.env.UPDATE_SCREENSHOTS
    ? path.resolve(__dirname, '../../docs/images')
    : path.resolve(__dirname, '../test-results/images');
  // Not before what is in sight has come.
  await page.waitForFunction(() =>
    [...document.images].every(image => {
      const { top, bottom } = image.getBoundingClientRect();
      return image.complete || bottom < 0 || top > window.innerHeight;
    })
  );
  await page.screenshot({
    path: path.join(folder, `${name}.png`),
    animations: 'disabled'
  });
}
