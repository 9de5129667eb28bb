/** What may be done to the tags of a candidate: pure. */
import type { CandidateChange, CandidateDetail } from '../api/types';

/** Tags under these are read by programs, and kept by them. */
const RESERVED = ['mlops.', 'mlflow.'];
/** The tag that notes are kept in; they have a place of their own. */
const NOTES = 'mlflow.note.content';

export interface ITag {
  name: string;
  value: string;
}

/** Why a tag cannot be kept. */
export type TagFault = 'empty' | 'reserved' | 'taken';

/** The tags that a person keeps, and those that programs keep; sorted by name. */
export function tagsOf({ tags }: Pick<CandidateDetail, 'tags'>): {
  own: ITag[];
  reserved: ITag[];
} {
  const all = Object.entries(tags)
    .filter(([name]) => name !== NOTES)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    own: all.filter(({ name }) => !isReserved(name)),
    reserved: all.filter(({ name }) => isReserved(name))
  };
}

/** What keeps `tag` from being kept in place of the tag called `before` (null: as a new one). */
export function faultOf(
  tag: ITag,
  before: string | null,
  tags: CandidateDetail['tags']
): TagFault | null {
  const name = tag.name.trim();
  if (!name) {
    return 'empty';
  }
  if (isReserved(name)) {
    return 'reserved';
  }
  return name !== before && name in tags ? 'taken' : null;
}

/** What the server is asked for to keep `tag` in place of the tag called `before`; null: nothing changes. */
export function changeOf(
  tag: ITag,
  before: string | null,
  tags: CandidateDetail['tags']
): Pick<CandidateChange, 'tags' | 'removed_tags'> | null {
  const name = tag.name.trim();
  if (name === before && tags[name] === tag.value) {
    return null;
  }
  return {
    tags: { [name]: tag.value },
    ...(before !== null && before !== name && { removed_tags: [before] })
  };
}

function isReserved(name: string): boolean {
  return RESERVED.some(prefix => name.startsWith(prefix));
}
