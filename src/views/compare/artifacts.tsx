import * as React from 'react';

import type { ITabProps } from './parts';
import { Swatch } from '../shared/swatch';
import { Blank } from '../shared/problem';
import { formatSize } from '../../format';
import type { CandidateDetail, File } from '../../models/types';
import { useInSight } from '../shared/in-sight';
import { isImage } from '../shared/media';

/** Paths that are shown at once; more on demand. */
const PATHS = 40;
const SIZES = [160, 240, 360, 560, 800] as const;

/** A path with the files that candidates have there. */
interface IRow {
  path: string;
  files: Map<string, File>;
  image: boolean;
}

/** Files of the candidates by path: images side by side, others with size and download. */
export function ArtifactsTab(props: ITabProps): React.ReactElement {
  const { model, trans } = props;
  const [size, setSize] = React.useState(2);
  const [search, setSearch] = React.useState('');
  const [count, setCount] = React.useState(PATHS);
  const candidates = model.shown;
  const rows = React.useMemo(
    () => rowsOf(candidates),
    [candidates.map(({ id, artifacts }) => id + artifacts.length).join()]
  );
  const found = rows.filter(({ path }) =>
    path.toLowerCase().includes(search.toLowerCase())
  );
  if (!rows.length) {
    return (
      <Blank title={trans.__('These candidates have no artifacts')}>
        <p>
          {trans.__(
            'Figures that are shown and files that are written next to the notebook are kept as artifacts.'
          )}
        </p>
      </Blank>
    );
  }
  const images = found.filter(({ image }) => image);
  const others = found.filter(({ image }) => !image);
  return (
    <div className="jp-mlops-Artifacts">
      <div className="jp-mlops-Compare-bar">
        <label className="jp-mlops-Artifacts-size">
          {trans.__('Image size')}
          <input
            type="range"
            min={0}
            max={SIZES.length - 1}
            step={1}
            value={size}
            aria-valuetext={trans.__('%1 pixels', SIZES[size])}
            onChange={event => setSize(Number(event.target.value))}
          />
        </label>
        <span className="jp-mlops-Compare-space" />
        <input
          type="search"
          className="jp-mlops-Input"
          aria-label={trans.__('Search artifacts')}
          placeholder={trans.__('Search artifacts')}
          value={search}
          onChange={event => setSearch(event.target.value)}
        />
      </div>
      <div
        className="jp-mlops-Compare-scroll"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Artifacts')}
      >
        {images.slice(0, count).map(row => (
          <ImageRow
            key={row.path}
            {...props}
            row={row}
            candidates={candidates}
            size={SIZES[size]}
          />
        ))}
        {others.length > 0 && (
          <FileTable
            {...props}
            rows={others.slice(0, count)}
            candidates={candidates}
          />
        )}
        {Math.max(images.length, others.length) > count && (
          <button
            type="button"
            className="jp-mlops-Button jp-mlops-Charts-more"
            onClick={() => setCount(count + PATHS)}
          >
            {trans.__('Show more')}
          </button>
        )}
        {!found.length && (
          <p className="jp-mlops-Charts-none">
            {trans.__('No artifact has this name.')}
          </p>
        )}
      </div>
    </div>
  );
}

interface IRowProps extends ITabProps {
  row: IRow;
  candidates: readonly CandidateDetail[];
  size: number;
}

/** One path's images, in the order of the candidates. */
function ImageRow(props: IRowProps): React.ReactElement {
  const { row, candidates, comparison, trans } = props;
  const base = row.files.get(comparison.baseline)?.sha256;
  return (
    <section className="jp-mlops-Artifacts-images" aria-label={row.path}>
      <h3>{row.path}</h3>
      <div className="jp-mlops-Artifacts-row">
        {candidates.map(candidate => {
          const file = row.files.get(candidate.id);
          return (
            <ImageOf
              key={candidate.id}
              {...props}
              candidate={candidate}
              file={file}
              note={
                !file
                  ? trans.__('none')
                  : candidate.id === comparison.baseline
                    ? trans.__('Baseline')
                    : file.sha256 === base
                      ? trans.__('same as the baseline')
                      : ''
              }
            />
          );
        })}
      </div>
    </section>
  );
}

function ImageOf(
  props: IRowProps & {
    candidate: CandidateDetail;
    file: File | undefined;
    note: string;
  }
): React.ReactElement {
  const { model, candidate, file, note, row, size, styles, trans } = props;
  const frame = React.useRef<HTMLElement>(null);
  const inSight = useInSight(frame);
  const [come, setCome] = React.useState(false);
  const blank = size * 0.75;
  const style = styles.get(candidate.id);
  const url = file && model.artifactUrl(candidate.id, file.path);
  return (
    <figure
      ref={frame}
      className="jp-mlops-Artifacts-image"
      data-missing={!file || undefined}
      style={{ width: size }}
    >
      <figcaption title={candidate.name}>
        {style && <Swatch style={style} />}
        <span>{candidate.name}</span>
        {note && <small>{note}</small>}
      </figcaption>
      {url && inSight ? (
        <a
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          title={trans.__('Open in full size')}
        >
          <img
            src={url}
            alt={trans.__('%1 of %2', row.path, candidate.name)}
            width={size - 2}
            // No lower than where it is not there yet: what is below stays where it is.
            style={come ? undefined : { minHeight: blank }}
            onLoad={() => setCome(true)}
            onError={() => setCome(true)}
          />
        </a>
      ) : (
        <div className="jp-mlops-Artifacts-blank" style={{ height: blank }} />
      )}
    </figure>
  );
}

/** Files that are not images: one column a candidate. */
function FileTable(
  props: ITabProps & {
    rows: readonly IRow[];
    candidates: readonly CandidateDetail[];
  }
): React.ReactElement {
  const { model, rows, candidates, comparison, styles, trans } = props;
  return (
    <section aria-label={trans.__('Other files')}>
      <h3 className="jp-mlops-Artifacts-heading">{trans.__('Other files')}</h3>
      <table className="jp-mlops-Artifacts-files">
        <thead>
          <tr>
            <th scope="col">{trans.__('Path')}</th>
            {candidates.map(({ id, name }) => {
              const style = styles.get(id);
              return (
                <th key={id} scope="col" title={name}>
                  {style && <Swatch style={style} />} {name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, files }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              {candidates.map(({ id, name }) => {
                const file = files.get(id);
                const same =
                  id !== comparison.baseline &&
                  file?.sha256 === files.get(comparison.baseline)?.sha256;
                return (
                  <td key={id} data-missing={!file || undefined}>
                    {file ? (
                      <>
                        <a
                          href={model.artifactUrl(id, path)}
                          download={path.split('/').pop()}
                          aria-label={trans.__('Download %1 of %2', path, name)}
                        >
                          {formatSize(file.size) || trans.__('Download')}
                        </a>
                        {same && (
                          <span
                            className="jp-mlops-Muted"
                            title={trans.__('Same as the baseline')}
                          >
                            {' ='}
                          </span>
                        )}
                      </>
                    ) : (
                      '–'
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** All paths of the candidates in alphabetical order. */
function rowsOf(candidates: readonly CandidateDetail[]): IRow[] {
  const rows = new Map<string, IRow>();
  for (const { id, artifacts } of candidates) {
    for (const file of artifacts) {
      const row = rows.get(file.path) ?? {
        path: file.path,
        files: new Map<string, File>(),
        image: isImage(file)
      };
      row.files.set(id, file);
      rows.set(file.path, row);
    }
  }
  return [...rows.values()].sort((a, b) => a.path.localeCompare(b.path));
}
