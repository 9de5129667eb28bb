import * as React from 'react';

import type { IArtifactRow } from './artifact-rows';
import type { ITabProps } from './parts';
import { Swatch } from '../shared/swatch';
import { formatSize } from '../../format';
import type { CandidateDetail } from '../../models/types';

/** Files that are not images: one column a candidate. */
export function FileTable(
  props: ITabProps & {
    rows: readonly IArtifactRow[];
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
