import { closeIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ISectionProps } from './parts';
import { Facts, Section } from './section';
import { TagForm } from './tag-form';
import { IconButton } from '../shared/controls';
import type { ITag } from '../../models/tags';
import { tagsOf } from '../../models/tags';

/** Nothing is edited; a new tag; the tag of this name. */
type Editing = null | { before: ITag | null };

/** The tags: a person's, which are changed in place, and those of programs, folded. */
export function Tags(props: ISectionProps): React.ReactElement {
  const { model, candidate, trans } = props;
  const [editing, setEditing] = React.useState<Editing>(null);
  const [problem, setProblem] = React.useState('');
  const [removed, setRemoved] = React.useState<ITag | null>(null);
  const section = React.useRef<HTMLDivElement>(null);
  const { own, reserved } = tagsOf(candidate);
  const pulled = !!candidate.remote;

  /** Go on where the hand was: at a tag, else at *Add tag*. */
  const focus = (place: string) =>
    requestAnimationFrame(() => {
      const places = [
        ...(section.current
          ?.closest('section')
          ?.querySelectorAll<HTMLElement>('[data-place]') ?? [])
      ];
      const found =
        places.find(({ dataset }) => dataset.place === place) ?? places[0];
      found?.querySelector('button')?.focus();
    });
  const edit = (before: ITag | null) => {
    setProblem('');
    setRemoved(null);
    setEditing({ before });
  };
  const close = (name: string | null) => {
    setEditing(null);
    focus(name === null ? 'add' : placeOf(name));
  };
  const remove = async (tag: ITag) => {
    const failure = await model.changeTags({ removed_tags: [tag.name] });
    setProblem(failure?.message ?? '');
    setRemoved(failure ? null : tag);
    focus(failure ? placeOf(tag.name) : 'undo');
  };
  const undo = async ({ name, value }: ITag) => {
    const failure = await model.changeTags({ tags: { [name]: value } });
    setProblem(failure?.message ?? '');
    setRemoved(null);
    focus(placeOf(name));
  };
  const form = (before: ITag | null) => (
    <TagForm {...props} before={before} close={close} />
  );
  return (
    <Section
      title={trans.__('Tags')}
      count={own.length}
      controls={
        !pulled &&
        !(editing && !editing.before) && (
          <span data-place="add">
            <button
              type="button"
              className="jp-mlops-LinkButton"
              onClick={() => edit(null)}
            >
              {trans.__('Add tag')}
            </button>
          </span>
        )
      }
    >
      <div ref={section} className="jp-mlops-Tags">
        {pulled && (
          <p className="jp-mlops-Muted">
            {trans.__(
              'It came from %1: its tags are changed where it was made.',
              candidate.remote
            )}
          </p>
        )}
        <ul>
          {own.map(tag => (
            <li key={tag.name}>
              {editing?.before?.name === tag.name ? (
                form(tag)
              ) : (
                <Row
                  tag={tag}
                  edit={pulled ? null : () => edit(tag)}
                  remove={() => void remove(tag)}
                  trans={trans}
                />
              )}
            </li>
          ))}
        </ul>
        {editing && !editing.before && form(null)}
        <p role="status" className="jp-mlops-Muted">
          {removed && (
            <span data-place="undo">
              {trans.__('%1 was removed.', removed.name)}{' '}
              <button
                type="button"
                className="jp-mlops-LinkButton"
                onClick={() => void undo(removed)}
              >
                {trans.__('Undo')}
              </button>
            </span>
          )}
        </p>
        {problem && (
          <p role="alert" className="jp-mlops-Tags-problem">
            {problem}
          </p>
        )}
        {reserved.length > 0 && (
          <details className="jp-mlops-Detail-more">
            <summary>
              {trans._n(
                '%1 tag of MLflow and the recorder',
                '%1 tags of MLflow and the recorder',
                reserved.length
              )}
            </summary>
            <Facts
              rows={reserved.map(({ name, value }) => ({
                name,
                value: value === '' ? '""' : value,
                title: value
              }))}
              more={count => trans.__('Show %1 more', count)}
            />
          </details>
        )}
      </div>
    </Section>
  );
}

/** Where a tag's buttons are found again. */
function placeOf(name: string): string {
  return `tag ${name}`;
}

/** One tag; `edit` is null where it cannot be changed. */
function Row(props: {
  tag: ITag;
  edit: (() => void) | null;
  remove: () => void;
  trans: ISectionProps['trans'];
}): React.ReactElement {
  const { tag, edit, remove, trans } = props;
  return (
    <div
      className="jp-mlops-Tags-row"
      onKeyDown={event => {
        if (edit && event.key === 'Delete') {
          event.preventDefault();
          event.stopPropagation();
          remove();
        }
      }}
    >
      <span className="jp-mlops-Tags-name" title={tag.name}>
        {tag.name}
      </span>
      <span className="jp-mlops-Tags-value" title={tag.value}>
        {tag.value === '' ? '""' : tag.value}
      </span>
      {edit && (
        <span className="jp-mlops-Tags-actions" data-place={placeOf(tag.name)}>
          <IconButton
            icon={editIcon}
            label={trans.__('Edit tag %1', tag.name)}
            onClick={edit}
          />
          <IconButton
            icon={closeIcon}
            label={trans.__('Remove tag %1', tag.name)}
            onClick={remove}
          />
        </span>
      )}
    </div>
  );
}
