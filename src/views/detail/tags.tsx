import { closeIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ISectionProps } from './parts';
import { Facts, Section } from './section';
import type { ITagEdits } from './tag-edits';
import { placeOf, useTagEdits } from './tag-edits';
import { TagForm } from './tag-form';
import { IconButton } from '../shared/controls';
import type { ITag } from '../../models/tags';
import { tagsOf } from '../../models/tags';

/** The tags: a person's, which are changed in place, and those of programs, folded. */
export function Tags(props: ISectionProps): React.ReactElement {
  const { model, candidate, trans } = props;
  const inside = React.useRef<HTMLDivElement>(null);
  const edits = useTagEdits(model, inside);
  const { own, reserved } = tagsOf(candidate);
  const pulled = !!candidate.remote;
  const isNew = edits.editing !== null && !edits.editing.before;
  return (
    <Section
      title={trans.__('Tags')}
      count={own.length}
      controls={
        !pulled &&
        !isNew && (
          <span data-place="add">
            <button
              type="button"
              className="jp-mlops-LinkButton"
              onClick={() => edits.edit(null)}
            >
              {trans.__('Add tag')}
            </button>
          </span>
        )
      }
    >
      <div ref={inside} className="jp-mlops-Tags">
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
              {edits.editing?.before?.name === tag.name ? (
                <TagForm {...props} before={tag} close={edits.close} />
              ) : (
                <Row
                  tag={tag}
                  edit={pulled ? null : () => edits.edit(tag)}
                  remove={() => void edits.remove(tag)}
                  trans={trans}
                />
              )}
            </li>
          ))}
        </ul>
        {isNew && <TagForm {...props} before={null} close={edits.close} />}
        <Outcome edits={edits} trans={trans} />
        {reserved.length > 0 && <Reserved tags={reserved} trans={trans} />}
      </div>
    </Section>
  );
}

/** What came of the last change: a removed tag can be brought back; why a change was refused. */
function Outcome(props: {
  edits: ITagEdits;
  trans: ISectionProps['trans'];
}): React.ReactElement {
  const { edits, trans } = props;
  const { removed, problem } = edits;
  return (
    <>
      <p role="status" className="jp-mlops-Muted">
        {removed && (
          <span data-place="undo">
            {trans.__('%1 was removed.', removed.name)}{' '}
            <button
              type="button"
              className="jp-mlops-LinkButton"
              onClick={() => void edits.undo(removed)}
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
    </>
  );
}

/** The tags of programs. */
function Reserved(props: {
  tags: readonly ITag[];
  trans: ISectionProps['trans'];
}): React.ReactElement {
  const { tags, trans } = props;
  return (
    <details className="jp-mlops-Detail-more">
      <summary>
        {trans._n(
          '%1 tag of MLflow and the recorder',
          '%1 tags of MLflow and the recorder',
          tags.length
        )}
      </summary>
      <Facts
        rows={tags.map(({ name, value }) => ({
          name,
          value: value === '' ? '""' : value,
          title: value
        }))}
        more={count => trans.__('Show %1 more', count)}
      />
    </details>
  );
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
