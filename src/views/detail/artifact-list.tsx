import * as React from 'react';

import { Preview, previewOf } from './preview';
import type { ISectionProps } from './parts';
import { Section } from './section';
import { formatSize } from '../../format';
import type { File } from '../../models/types';
import { isImage } from '../shared/media';

/** Files that are listed at first. */
const MOST = 40;
/** Images that are shown without being asked for. */
const MOST_IMAGES = 8;

/** Figures at once, other files by name; each can be shown here or downloaded. */
export function ArtifactList(props: ISectionProps): React.ReactElement {
  const { model, candidate, trans } = props;
  const [open, setOpen] = React.useState<string | null>(null);
  const [most, setMost] = React.useState(MOST);
  const { artifacts } = candidate;
  const images = artifacts.filter(isImage).slice(0, MOST_IMAGES);
  const shown = new Set(images.map(({ path }) => path));
  const rest = artifacts.filter(({ path }) => !shown.has(path));
  return (
    <Section title={trans.__('Artifacts')} count={artifacts.length}>
      {!artifacts.length && (
        <p className="jp-mlops-Muted">
          {trans.__('No figure was shown and no file was written.')}
        </p>
      )}
      {images.length > 0 && (
        <div className="jp-mlops-Detail-images">
          {images.map(({ path }) => (
            <figure key={path}>
              <a
                href={model.artifactUrl(path)}
                target="_blank"
                rel="noopener noreferrer"
                title={trans.__('Open in full size')}
              >
                <img src={model.artifactUrl(path)} alt={path} loading="lazy" />
              </a>
              <figcaption>{path}</figcaption>
            </figure>
          ))}
        </div>
      )}
      <ul className="jp-mlops-FileList">
        {rest.slice(0, most).map(file => (
          <ArtifactRow
            key={file.path}
            {...props}
            file={file}
            open={open === file.path}
            toggle={() => setOpen(open === file.path ? null : file.path)}
          />
        ))}
      </ul>
      {rest.length > most && (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => setMost(most + 200)}
        >
          {trans.__('Show %1 more', rest.length - most)}
        </button>
      )}
    </Section>
  );
}

function ArtifactRow(
  props: ISectionProps & { file: File; open: boolean; toggle: () => void }
): React.ReactElement {
  const { model, file, open, toggle, trans } = props;
  return (
    <li>
      <div className="jp-mlops-FileList-row">
        {previewOf(file) ? (
          <button
            type="button"
            className="jp-mlops-FileList-name"
            aria-expanded={open}
            onClick={toggle}
          >
            <span aria-hidden="true">{open ? '▾' : '▸'}</span>
            {file.path}
          </button>
        ) : (
          <span className="jp-mlops-FileList-name">{file.path}</span>
        )}
        <span className="jp-mlops-Muted">{formatSize(file.size)}</span>
        <a
          href={model.artifactUrl(file.path)}
          download={file.path.split('/').pop()}
          aria-label={trans.__('Download %1', file.path)}
        >
          {trans.__('Download')}
        </a>
      </div>
      {open && <Preview {...props} file={file} />}
    </li>
  );
}
