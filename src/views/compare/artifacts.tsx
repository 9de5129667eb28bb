import * as React from 'react';

import { FileTable } from './artifact-files';
import { ImageRow } from './artifact-images';
import { artifactRows } from './artifact-rows';
import type { ITabProps } from './parts';
import { Blank } from '../shared/problem';

/** Paths that are shown at once; more on demand. */
const PATHS = 40;
const SIZES = [160, 240, 360, 560, 800] as const;

/** Files of the candidates by path: images side by side, others with size and download. */
export function ArtifactsTab(props: ITabProps): React.ReactElement {
  const { model, trans } = props;
  const [size, setSize] = React.useState(2);
  const [search, setSearch] = React.useState('');
  const [count, setCount] = React.useState(PATHS);
  const candidates = model.shown;
  const rows = React.useMemo(
    () => artifactRows(candidates),
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
      <ArtifactsBar
        size={size}
        setSize={setSize}
        search={search}
        setSearch={setSearch}
        trans={trans}
      />
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

/** How large images are, and which paths are shown. */
function ArtifactsBar(props: {
  /** Index into {@link SIZES}. */
  size: number;
  setSize: (size: number) => void;
  search: string;
  setSearch: (text: string) => void;
  trans: ITabProps['trans'];
}): React.ReactElement {
  const { size, setSize, search, setSearch, trans } = props;
  return (
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
  );
}
