import * as React from 'react';

import type { IArtifactRow } from './artifact-rows';
import type { ITabProps } from './parts';
import { useInSight } from '../shared/in-sight';
import { Swatch } from '../shared/swatch';
import type { CandidateDetail, File } from '../../models/types';

interface IRowProps extends ITabProps {
  row: IArtifactRow;
  candidates: readonly CandidateDetail[];
  size: number;
}

/** One path's images, in the order of the candidates. */
export function ImageRow(props: IRowProps): React.ReactElement {
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
