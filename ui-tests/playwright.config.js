/**
 * Galata's configuration on Debian's Chromium, with two servers: JupyterLab
 * with our extension, and a GitLab double.
 */
const baseConfig = require('@jupyterlab/galata/lib/playwright-config');

const port = Number(process.env.MLOPS_UI_PORT ?? 8888);
const gitlabPort = port + 1;
const gitlab = {
  GITLAB_URL: `http://127.0.0.1:${gitlabPort}`,
  GITLAB_TOKEN: 'glpat-browser-tests-only',
  GITLAB_PROJECT: 'group/demo'
};
process.env.TARGET_URL = `http://127.0.0.1:${port}`;

module.exports = {
  ...baseConfig,
  forbidOnly: !!process.env.CI,
  reporter: [['list']],
  workers: 1,
  retries: process.env.CI ? 2 : 0,
  timeout: 180_000,
  // A busy machine answers late: what is waited for is the state, not the time.
  expect: { ...baseConfig.expect, timeout: 15_000 },
  use: {
    ...baseConfig.use,
    baseURL: process.env.TARGET_URL,
    viewport: { width: 1280, height: 800 },
    video: 'off',
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
    }
  },
  webServer: [
    {
      command: `python -m tests.gitlab_fake --port ${gitlabPort} --token ${gitlab.GITLAB_TOKEN} --project ${gitlab.GITLAB_PROJECT} --more group/production`,
      cwd: '..',
      port: gitlabPort,
      timeout: 60_000,
      reuseExistingServer: false
    },
    {
      command: 'jupyter lab --config jupyter_server_test_config.py',
      url: `${process.env.TARGET_URL}/lab`,
      env: { ...process.env, ...gitlab, MLOPS_UI_PORT: String(port) },
      timeout: 120_000,
      reuseExistingServer: false
    }
  ]
};
