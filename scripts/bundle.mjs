/**
 * What our extension makes every page load at its start, in bytes as sent (gzip), against its budget.
 *
 *     node scripts/bundle.mjs [LABEXTENSION]
 *
 * Reads the built extension: the entry that JupyterLab loads, and the chunks that its two modules, the plugins and the
 * style, need before anything is clicked. A build for development is minified first, so that the number is close to
 * (and a little above) that of a release. Exits 1 when there is more than the budget.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rspack } from '@rspack/core';

const BUDGET = 80_000;
/** Loaded by JupyterLab of every extension, when it has any. */
const MODULES = ['./extension', './style'];

const folder = process.argv[2] ?? 'jupyterlab_mlops/labextension';
const { load } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf-8'))
  .jupyterlab._build;
const entry = readFileSync(join(folder, load), 'utf-8');
const files = readdirSync(join(folder, 'static')).filter(name =>
  name.endsWith('.js')
);

/** The chunks that a module of the entry waits for. */
function chunksOf(module) {
  const quoted = module.replace(/[./]/g, '\\$&');
  const [, body] =
    entry.match(
      new RegExp(`"${quoted}":\\s*\\(\\)\\s*=>([\\s\\S]*?)\\.then`)
    ) ?? [];
  if (body === undefined) {
    throw new Error(`${load} has no module ${module}`);
  }
  return [...body.matchAll(/\.e\("?([\w-]+)"?\)/g)].map(([, id]) => id);
}

/** A script as it is sent by a release. */
async function sent(name) {
  const text = readFileSync(join(folder, name), 'utf-8');
  const { code } = await rspack.experiments.swc.minify(text, {
    compress: true,
    mangle: true
  });
  return gzipSync(code).length;
}

const names = [load];
for (const id of new Set(MODULES.flatMap(chunksOf))) {
  const file = files.find(name => name.startsWith(`${id}.`));
  // Modules that JupyterLab itself shares have no file of ours.
  if (file) {
    names.push(join('static', file));
  }
}
let total = 0;
for (const name of names) {
  const bytes = await sent(name);
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${name}`);
}
console.log(
  `${(total / 1000).toFixed(1).padStart(8)} kB  at the start, of ${BUDGET / 1000} kB`
);
if (total > BUDGET) {
  console.error('More loads at the start than the budget allows.');
  process.exitCode = 1;
}
