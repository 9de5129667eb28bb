import { isImage } from '../shared/media';
import type { CandidateDetail, File } from '../../models/types';

/** A path with the files that candidates have there. */
export interface IArtifactRow {
  path: string;
  files: Map<string, File>;
  image: boolean;
}

/** All paths of the candidates in alphabetical order. */
export function artifactRows(
  candidates: readonly CandidateDetail[]
): IArtifactRow[] {
  const rows = new Map<string, IArtifactRow>();
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
