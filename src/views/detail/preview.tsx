import * as React from 'react';

import { Cell } from './cell';
import type { ISectionProps } from './parts';
import type { File } from '../../models/types';
import { Code } from '../shared/code';
import type { MimeBundle } from '../shared/media';
import { isImage, mediaTypeOf } from '../shared/media';
import { Mime } from '../shared/mime';

/** Files larger than this (bytes) are only downloaded. */
const LARGEST = 4_000_000;
/** Characters of plain text that are shown. */
const LONGEST = 200_000;

/** How a file is shown here; null: it cannot be. */
export function previewOf(
  file: File
): 'image' | 'notebook' | 'json' | 'rich' | 'code' | 'text' | null {
  const type = mediaTypeOf(file);
  if (isImage(file)) {
    return 'image';
  }
  if ((file.size ?? 0) > LARGEST) {
    return null;
  }
  if (type === 'application/x-ipynb+json') {
    return 'notebook';
  }
  if (type.endsWith('json')) {
    return 'json';
  }
  if (['text/markdown', 'text/html', 'text/latex'].includes(type)) {
    return 'rich';
  }
  if (type === 'text/x-python') {
    return 'code';
  }
  return type.startsWith('text/') ? 'text' : null;
}

/** A file as JupyterLab's renderers show it. */
export function Preview(
  props: ISectionProps & { file: File }
): React.ReactElement {
  const { model, file, actions, trans } = props;
  const kind = previewOf(file);
  const [text, setText] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState('');
  React.useEffect(() => {
    let gone = false;
    if (kind !== 'image') {
      model.artifactText(file.path).then(
        found => !gone && setText(found),
        reason =>
          !gone &&
          setProblem(reason instanceof Error ? reason.message : String(reason))
      );
    }
    return () => {
      gone = true;
    };
  }, [model, file.path, file.sha256, kind]);

  const body = () => {
    if (kind === 'image') {
      return <img src={model.artifactUrl(file.path)} alt={file.path} />;
    }
    if (problem) {
      return <p role="alert">{problem}</p>;
    }
    if (text === null) {
      return <p className="jp-mlops-Muted">{trans.__('Loading…')}</p>;
    }
    const parsed = kind === 'json' || kind === 'notebook' ? parse(text) : null;
    if (kind === 'notebook' && parsed) {
      return <Notebook {...props} notebook={parsed} />;
    }
    if (kind === 'code') {
      return <Code source={text} highlight={actions.highlight} />;
    }
    if (kind === 'rich' || (kind === 'json' && parsed !== null)) {
      const data: MimeBundle = parsed
        ? jsonBundle(parsed, actions.rendermime.mimeTypes)
        : { [mediaTypeOf(file)]: text };
      return <Mime rendermime={actions.rendermime} data={data} />;
    }
    return <pre>{text.slice(0, LONGEST)}</pre>;
  };
  return (
    <div
      className="jp-mlops-Preview"
      tabIndex={0}
      role="region"
      aria-label={file.path}
    >
      {body()}
    </div>
  );
}

/** The cells of a notebook, as they were kept. */
function Notebook(
  props: ISectionProps & { notebook: unknown }
): React.ReactElement {
  const { actions } = props;
  const { cells } = props.notebook as {
    cells?: {
      cell_type: string;
      source: string | string[];
      execution_count?: number | null;
      outputs?: Record<string, unknown>[];
    }[];
  };
  return (
    <>
      {(cells ?? []).map((cell, index) => {
        const source = Array.isArray(cell.source)
          ? cell.source.join('')
          : cell.source;
        return cell.cell_type === 'code' ? (
          <Cell
            key={index}
            prompt={`[${cell.execution_count ?? ' '}]`}
            source={source}
            outputs={cell.outputs ?? []}
            rendermime={actions.rendermime}
            highlight={actions.highlight}
          />
        ) : (
          <Mime
            key={index}
            rendermime={actions.rendermime}
            data={{ 'text/markdown': source }}
          />
        );
      })}
    </>
  );
}

/** JSON with the media type that its content tells, if there is a renderer for it. */
function jsonBundle(value: unknown, known: readonly string[]): MimeBundle {
  const content = value as Record<string, unknown>;
  const schema = String(content?.$schema ?? '');
  const family = schema.includes('vega-lite')
    ? 'application/vnd.vegalite'
    : schema.includes('/vega/')
      ? 'application/vnd.vega.'
      : Array.isArray(content?.data) && content?.layout
        ? 'application/vnd.plotly'
        : '';
  const special = family && known.find(type => type.startsWith(family));
  return special
    ? { [special]: value, 'application/json': value }
    : { 'application/json': value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
