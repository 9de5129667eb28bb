/** What a candidate ran in, as rows of the detail view. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatSize } from '../../format';
import type { CandidateDetail } from '../../models/types';

/** Facts that have a place of their own. */
const ELSEWHERE = new Set([
  'git',
  'hardware',
  'model',
  'slice',
  'score_reasons',
  'automatic_name',
  'error',
  'defaults'
]);
/** Characters of a value that are shown; the rest is on hover. */
const MOST = 200;

/** A name, its value in one line, and the whole value. */
export interface IFact {
  name: string;
  value: string;
  title: string;
}

/** The repository, the machine, and whatever else was recorded: seeds, modules. */
export function environmentRows(
  candidate: Pick<CandidateDetail, 'git' | 'details'>,
  trans: TranslationBundle
): IFact[] {
  const { git, details = {} } = candidate;
  const others = Object.entries(details).filter(
    ([name]) => !ELSEWHERE.has(name)
  );
  return [
    ...repositoryRows(git, trans),
    ...hardwareRows(details.hardware, trans),
    ...modelRows(details.model, trans),
    ...others
      .filter(isTold)
      .map(([name, value]) =>
        name === 'seeds'
          ? fact(trans.__('Seeds'), textOf(value))
          : fact(name, textOf(value))
      )
  ];
}

function repositoryRows(
  git: CandidateDetail['git'],
  trans: TranslationBundle
): IFact[] {
  const names: Record<string, string> = {
    commit: trans.__('Commit'),
    branch: trans.__('Branch'),
    remote: trans.__('Remote'),
    dirty: trans.__('Uncommitted changes'),
    untracked: trans.__('Untracked files')
  };
  return Object.entries(git)
    .filter(isTold)
    .map(([name, value]) =>
      fact(
        names[name] ?? name,
        typeof value !== 'boolean'
          ? textOf(value)
          : value
            ? trans.__('yes')
            : trans.__('no')
      )
    );
}

/** The machine; what is not known is left out. */
function hardwareRows(hardware: unknown, trans: TranslationBundle): IFact[] {
  const { machine, cpus, memory_bytes, gpus } = (hardware ?? {}) as {
    machine?: string;
    cpus?: number;
    memory_bytes?: number;
    gpus?: string[];
  };
  return [
    ...(machine ? [fact(trans.__('Architecture'), machine)] : []),
    ...(cpus ? [fact(trans.__('CPUs'), String(cpus))] : []),
    ...(memory_bytes
      ? [fact(trans.__('Memory'), formatSize(memory_bytes))]
      : []),
    ...(gpus?.length ? [gpuRow(gpus, trans)] : [])
  ];
}

/** How the model is written; its files are among the artifacts. */
function modelRows(model: unknown, trans: TranslationBundle): IFact[] {
  const { flavor } = (model ?? {}) as { flavor?: string };
  return flavor ? [fact(trans.__('Model format'), flavor)] : [];
}

/** Equal ones are counted: "2 × NVIDIA A100"; memory and driver are on hover. */
function gpuRow(gpus: readonly string[], trans: TranslationBundle): IFact {
  const counts = new Map<string, number>();
  for (const gpu of gpus) {
    const name = gpu.split(',')[0];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const value = [...counts]
    .map(([name, count]) => (count > 1 ? `${count} × ${name}` : name))
    .join(', ');
  return {
    ...fact(trans._n('GPU', 'GPUs', gpus.length), value),
    title: gpus.join('\n')
  };
}

function isTold([, value]: [string, unknown]): boolean {
  return value !== null && value !== undefined && value !== '';
}

function fact(name: string, text: string): IFact {
  return { name, value: text.slice(0, MOST), title: text };
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object';
}

/** A value in one line. */
function textOf(value: unknown): string {
  if (typeof value !== 'object') {
    return String(value);
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return !Array.isArray(value) &&
    entries.length < 6 &&
    entries.every(([, part]) => [part].flat().every(isPlain))
    ? entries.map(([name, part]) => `${name} ${String(part)}`).join(', ')
    : JSON.stringify(value);
}
