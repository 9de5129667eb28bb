import type { File } from '../../models/types';

/** One value in several media types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

const BY_SUFFIX: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  json: 'application/json',
  geojson: 'application/geo+json',
  ipynb: 'application/x-ipynb+json',
  md: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  tex: 'text/latex',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  log: 'text/plain',
  py: 'text/x-python',
  yaml: 'text/yaml',
  yml: 'text/yaml',
  toml: 'text/plain',
  cfg: 'text/plain',
  ini: 'text/plain'
};

/** What a file is, by its ending where that says more than what was recorded. */
export function mediaTypeOf(file: File): string {
  const suffix = file.path.split('.').pop()?.toLowerCase() ?? '';
  const recorded = file.media_type ?? '';
  const vague =
    !recorded ||
    recorded === 'application/octet-stream' ||
    recorded === 'text/plain' ||
    suffix === 'ipynb';
  return vague ? (BY_SUFFIX[suffix] ?? recorded) : recorded;
}

/** Whether a browser shows a file as an image. */
export function isImage(file: File): boolean {
  return /^image\/(png|jpeg|gif|webp|bmp|svg\+xml)$/.test(mediaTypeOf(file));
}

/** The media types of an output of a notebook; text that is split into lines is joined. */
export function bundleOf(
  output: Readonly<Record<string, unknown>>
): MimeBundle {
  switch (output.output_type) {
    case 'stream':
      return {
        [`application/vnd.jupyter.${output.name === 'stderr' ? 'stderr' : 'stdout'}`]:
          joined(output.text)
      };
    case 'error': {
      const lines = Array.isArray(output.traceback) ? output.traceback : [];
      return {
        'application/vnd.jupyter.stderr':
          lines.join('\n') ||
          `${String(output.ename)}: ${String(output.evalue)}`
      };
    }
    default:
      return Object.fromEntries(
        Object.entries((output.data as MimeBundle | undefined) ?? {}).map(
          ([type, value]) => [
            type,
            type.endsWith('json') ? value : joined(value)
          ]
        )
      );
  }
}

function joined(value: unknown): unknown {
  return Array.isArray(value) ? value.join('') : value;
}
