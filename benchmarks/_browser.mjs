/**
 * What a person waits for in the browser, in milliseconds; prints one JSON document.
 *
 *     node benchmarks/_browser.mjs '{"do": "panel", "url": …, "token": …}'
 *
 * Times are taken inside the page, from the event that the person caused to the frame in which the answer is drawn.
 * Playwright is that of the browser tests (ui-tests).
 */
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const require = createRequire(
  new URL('../ui-tests/package.json', import.meta.url)
);
const { chromium } = require('playwright-core');

/* The start of JupyterLab */

/**
 * Milliseconds until JupyterLab is restored, of several servers in turn, and the scripts of our extension that were
 * loaded until then.
 */
async function startup({ servers, rounds, warm }) {
  const times = Object.fromEntries(servers.map(({ name }) => [name, []]));
  const loaded = new Set();
  const visit = async (context, { url, token }) => {
    const page = await context.newPage();
    page.on('request', request => {
      const { pathname } = new URL(request.url());
      if (/\/lab\/extensions\/jupyterlab-mlops\/.*\.js$/.test(pathname)) {
        loaded.add(pathname.split('/').pop());
      }
    });
    const time = await restored(page, url, token);
    await page.close();
    return time;
  };
  const kept = new Map();
  for (const server of warm ? servers : []) {
    kept.set(server.name, await browser.newContext());
    await visit(kept.get(server.name), server);
  }
  for (let round = 0; round < rounds; round += 1) {
    // The order changes, so that what comes first has no advantage.
    for (const server of round % 2 ? servers : [...servers].reverse()) {
      const context = kept.get(server.name) ?? (await browser.newContext());
      times[server.name].push(await visit(context, server));
      if (!warm) {
        await context.close();
      }
    }
  }
  return { times, loaded: [...loaded] };
}

/** Open JupyterLab and wait until it is restored and shows its launcher; ms since the navigation began. */
async function restored(page, url, token) {
  await page.goto(`${url}/lab?reset&token=${token}`, { waitUntil: 'commit' });
  return page.evaluate(async () => {
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    while (!window.jupyterapp) {
      await frame();
    }
    await window.jupyterapp.restored;
    while (!document.querySelector('.jp-Launcher')) {
      await frame();
    }
    return performance.now();
  });
}

/* The panel */

async function panel({ url, token, ids, candidates, rounds }) {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 }
  });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(String(error)));
  page.on('response', response => {
    if (response.status() >= 400 && response.url().includes('/mlops/')) {
      problems.push(`${response.status()} ${response.url()}`);
    }
  });
  await restored(page, url, token);
  await page.evaluate(INSTRUMENTS);
  const found = {};
  const keep = (name, value) => (found[name] ??= []).push(value);
  try {
    for (let round = 0; round < rounds; round += 1) {
      await table(page, keep, candidates);
      await comparison(page, keep, ids);
    }
  } catch (reason) {
    problems.push(String(reason));
  }
  return { found, problems };
}

/** Instruments inside the page. */
const INSTRUMENTS = `(() => {
  const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
  const seen = element => {
    const { top, bottom } = element.getBoundingClientRect();
    const box = element.closest('.jp-mlops-Table').getBoundingClientRect();
    return bottom > box.top + 30 && top < box.bottom;
  };
  const grid = () => document.querySelector('.jp-mlops-Table');
  const blank = () => {
    const rows = [...grid().querySelectorAll('.jp-mlops-Table-body > *')].filter(seen);
    // Rows that are not even drawn are blank, too.
    return rows.some(row => row.hasAttribute('data-loading')) || rows.length * 30 < grid().clientHeight - 90;
  };
  let tasks = [];
  new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => entry.duration))).observe({ entryTypes: ['longtask'] });
  window.bench = {
    frame,
    /** Milliseconds from act() to the first frame in which done() holds. */
    async until(act, done, limit = 20000) {
      await frame();
      const began = performance.now();
      await act();
      while (!done()) {
        if (performance.now() - began > limit) {
          throw new Error('waited in vain for ' + done);
        }
        await frame();
      }
      await frame();
      return performance.now() - began;
    },
    /** The longest time (ms) for which a row in sight was blank during the next so many ms. */
    async blanks(duration) {
      let since = null;
      let longest = 0;
      const end = performance.now() + duration;
      for (let now = performance.now(); now < end; now = performance.now()) {
        if (blank()) {
          since ??= now;
          longest = Math.max(longest, now - since);
        } else {
          longest = since === null ? longest : Math.max(longest, now - since);
          since = null;
        }
        await frame();
      }
      return longest;
    },
    longest() {
      const most = Math.max(0, ...tasks);
      tasks = [];
      return most;
    },
    grid,
    rows: () => [...document.querySelectorAll('.jp-mlops-Table [role=row][data-id]')],
    type(input, text) {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    },
    choose(select, value) {
      Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, value);
      select.dispatchEvent(new Event('change', { bubbles: true }));
    },
    /** Whether something was drawn into the middle of a canvas. */
    drawn(canvas) {
      if (!canvas || !canvas.width) {
        return false;
      }
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let coloured = 0;
      for (let at = 0; at < data.length; at += 4) {
        coloured += Math.abs(data[at] - data[at + 1]) + Math.abs(data[at + 1] - data[at + 2]) > 60;
      }
      return coloured > 500;
    }
  };
  return true;
})()`;

async function table(page, keep, candidates) {
  const closed = async () =>
    page.evaluate(() => {
      for (const widget of [...window.jupyterapp.shell.widgets('main')]) {
        widget.close();
      }
    });
  await closed();
  keep(
    'first rows after opening the table',
    await page.evaluate(() =>
      window.bench.until(
        () => void window.jupyterapp.commands.execute('mlops:open-table'),
        () => window.bench.rows().length > 10
      )
    )
  );
  await page.waitForSelector('.jp-mlops-TableBar select');
  const settled = () =>
    page.evaluate(async () => {
      await window.bench.until(
        () => undefined,
        () => window.bench.grid().getAttribute('aria-busy') === 'false'
      );
    });
  await settled();
  await page.waitForTimeout(1500);
  const typed = (text, expected) =>
    page.evaluate(
      ([text, expected]) => {
        const { bench } = window;
        const input = document.querySelector(
          '.jp-mlops-TableBar input[type=search]'
        );
        const before = Number(bench.grid().getAttribute('aria-rowcount'));
        return bench.until(
          () => bench.type(input, text),
          () => {
            const now = Number(bench.grid().getAttribute('aria-rowcount'));
            return (
              (expected === null ? now > before : now < before) &&
              bench.rows().length > Math.min(now - 2, 10)
            );
          }
        );
      },
      [text, expected]
    );
  keep('filter by a metric', await typed('metrics.accuracy > 0.9', 'fewer'));
  await page.waitForTimeout(600);
  keep('filter taken back', await typed('', null));
  await page.waitForTimeout(600);
  keep('filter by a word', await typed('00123', 'fewer'));
  await page.waitForTimeout(600);
  await typed('', null);
  await page.waitForTimeout(600);
  for (let time = 0; time < 2; time += 1) {
    keep(
      'sort by a metric',
      await page.evaluate(() => {
        const { bench } = window;
        const head = [
          ...document.querySelectorAll(
            '.jp-mlops-Table [role=columnheader] button'
          )
        ].find(button => button.textContent.includes('f1_score'));
        const before = bench.rows()[0].dataset.id;
        return bench.until(
          () => head.click(),
          () =>
            bench.rows()[0]?.dataset.id !== before && bench.rows().length > 10
        );
      })
    );
    keep(
      'blank rows after a jump right after a sort',
      await page.evaluate(async time => {
        const { bench } = window;
        bench.grid().scrollTop =
          bench.grid().scrollHeight * (time ? 0.35 : 0.8);
        return bench.blanks(1500);
      }, time)
    );
  }
  keep(
    'blank rows while scrolling',
    await page.evaluate(async () => {
      const { bench } = window;
      const watched = bench.blanks(2000);
      for (let turn = 0; turn < 60; turn += 1) {
        bench.grid().scrollTop += 400;
        await bench.frame();
      }
      return watched;
    })
  );
  const chosen = (name, first) =>
    page.evaluate(
      ([name, first]) => {
        const { bench } = window;
        const select = document.querySelector('.jp-mlops-TableBar select');
        const { value } = [...select.options].find(item =>
          item.text.startsWith(name)
        );
        return bench.until(
          () => bench.choose(select, value),
          () =>
            bench.grid()?.getAttribute('aria-label')?.includes(name) &&
            bench.rows().length > 10 &&
            bench.grid().getAttribute('aria-rowcount') === first
        );
      },
      [name, first]
    );
  keep('12,000 metric names: the table', await chosen('names', '61'));
  keep(
    '12,000 metric names: columns offered',
    await page.evaluate(() => {
      const button = [
        ...document.querySelectorAll('.jp-mlops-TableBar button')
      ];
      return window.bench.until(
        () => button.find(item => item.textContent === 'Columns').click(),
        () => document.querySelector('[role=dialog] input[type=checkbox]')
      );
    })
  );
  keep(
    '12,000 metric names: one of them searched',
    await page.evaluate(() => {
      const dialog = document.querySelector('[role=dialog]');
      return window.bench.until(
        () =>
          window.bench.type(
            dialog.querySelector('input[type=search]'),
            'layer299/unit39'
          ),
        () => {
          const boxes = dialog.querySelectorAll('input[type=checkbox]');
          return (
            boxes.length > 0 &&
            boxes.length < 5 &&
            dialog.textContent.includes('layer299/unit39')
          );
        }
      );
    })
  );
  await page.keyboard.press('Escape');
  keep(
    'another experiment: 10,000 candidates',
    await chosen('many', String(candidates + 1))
  );
  keep(
    'longest task of the table',
    await page.evaluate(() => window.bench.longest())
  );
}

async function comparison(page, keep, ids) {
  await page.evaluate(() => window.bench.longest());
  keep(
    'compare 79 × 2,261: differences drawn',
    await page.evaluate(
      ([ids]) =>
        window.bench.until(
          () =>
            void window.jupyterapp.commands.execute('mlops:compare', { ids }),
          () =>
            document.querySelectorAll('.jp-mlops-Compare [role=row]').length >
            10
        ),
      [ids.wide]
    )
  );
  keep(
    'compare 79 × 2,261: longest task',
    await page.evaluate(() => window.bench.longest())
  );
  keep(
    'compare 79 × 2,261: charts drawn',
    await page.evaluate(() =>
      window.bench.until(
        () =>
          [...document.querySelectorAll('.jp-mlops-Compare [role=tab]')]
            .find(tab => tab.textContent === 'Charts')
            .click(),
        () =>
          [...document.querySelectorAll('.jp-mlops-Compare canvas')].some(
            window.bench.drawn
          )
      )
    )
  );
  keep(
    'compare 79 × 2,261: longest task of its charts',
    await page.evaluate(() => window.bench.longest())
  );
  await page.evaluate(() => {
    for (const widget of [...window.jupyterapp.shell.widgets('main')]) {
      widget.close();
    }
  });
  await page.waitForTimeout(300);
  keep(
    'step chart of 50 × 10,000, from the command',
    await page.evaluate(
      async ([ids]) =>
        window.bench.until(
          async () => {
            await window.jupyterapp.commands.execute('mlops:compare', { ids });
            const charts = () =>
              [
                ...document.querySelectorAll('.jp-mlops-Compare [role=tab]')
              ].find(tab => tab.textContent === 'Charts');
            while (!charts()) {
              await window.bench.frame();
            }
            charts().click();
          },
          () =>
            window.bench.drawn(
              document.querySelector('figure[aria-label="Chart: loss"] canvas')
            )
        ),
      [ids.long]
    )
  );
  keep(
    'step chart: longest task',
    await page.evaluate(() => window.bench.longest())
  );
  await page.evaluate(() => {
    for (const widget of [...window.jupyterapp.shell.widgets('main')]) {
      widget.close();
    }
  });
}

const asked = JSON.parse(process.argv[2]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
});
const scenarios = { panel, startup };
try {
  console.log(JSON.stringify(await scenarios[asked.do](asked)));
} finally {
  await browser.close();
}
