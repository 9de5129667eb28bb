import * as React from 'react';

import type { DetailModel } from '../../models/detail';
import type { ITag } from '../../models/tags';

/** Where a tag's buttons are found again. */
export function placeOf(name: string): string {
  return `tag ${name}`;
}

/** What is done with the tags now. */
export interface ITagEdits {
  /** Nothing is edited; a new tag; the tag of this name. */
  editing: null | { before: ITag | null };
  /** Why the last change was refused; empty: it was not. */
  problem: string;
  /** The tag that was removed last and can be brought back. */
  removed: ITag | null;
  /** Edit a tag; null: a new one. */
  edit: (before: ITag | null) => void;
  /** Stop editing, and go on at the tag of this name, or at *Add tag*. */
  close: (name: string | null) => void;
  remove: (tag: ITag) => Promise<void>;
  undo: (tag: ITag) => Promise<void>;
}

/**
 * Edit a candidate's tags.
 *
 * @param inside - an element of the section of the tags.
 */
export function useTagEdits(
  model: DetailModel,
  inside: React.RefObject<HTMLElement>
): ITagEdits {
  const [editing, setEditing] = React.useState<ITagEdits['editing']>(null);
  const [problem, setProblem] = React.useState('');
  const [removed, setRemoved] = React.useState<ITag | null>(null);

  /** Go on where the hand was: at a tag, else at *Add tag*. */
  const focus = (place: string) =>
    requestAnimationFrame(() => {
      const places = [
        ...(inside.current
          ?.closest('section')
          ?.querySelectorAll<HTMLElement>('[data-place]') ?? [])
      ];
      const found =
        places.find(({ dataset }) => dataset.place === place) ?? places[0];
      found?.querySelector('button')?.focus();
    });
  return {
    editing,
    problem,
    removed,
    edit: before => {
      setProblem('');
      setRemoved(null);
      setEditing({ before });
    },
    close: name => {
      setEditing(null);
      focus(name === null ? 'add' : placeOf(name));
    },
    remove: async tag => {
      const failure = await model.changeTags({ removed_tags: [tag.name] });
      setProblem(failure?.message ?? '');
      setRemoved(failure ? null : tag);
      focus(failure ? placeOf(tag.name) : 'undo');
    },
    undo: async ({ name, value }) => {
      const failure = await model.changeTags({ tags: { [name]: value } });
      setProblem(failure?.message ?? '');
      setRemoved(null);
      focus(placeOf(name));
    }
  };
}
