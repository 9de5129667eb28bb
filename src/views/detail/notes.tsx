import * as React from 'react';

import type { ISectionProps } from './parts';
import { Section } from './section';
import { Mime } from '../shared/mime';

/** What a person wrote about it, in Markdown. */
export function Notes(props: ISectionProps): React.ReactElement {
  const { model, candidate, actions, trans } = props;
  const [text, setText] = React.useState<string | null>(null);
  const edit = React.useRef<HTMLButtonElement>(null);
  const notes = candidate.notes ?? '';
  const close = () => {
    setText(null);
    requestAnimationFrame(() => edit.current?.focus());
  };
  const keep = async () => {
    // What is not kept stays in the box.
    if (text === null || text === notes || (await model.setNotes(text))) {
      close();
    }
  };
  return (
    <Section
      title={trans.__('Notes')}
      controls={
        text === null && (
          <button
            ref={edit}
            type="button"
            className="jp-mlops-LinkButton"
            onClick={() => setText(notes)}
          >
            {notes ? trans.__('Edit notes') : trans.__('Add notes')}
          </button>
        )
      }
    >
      {text !== null ? (
        <div className="jp-mlops-Notes">
          <textarea
            className="jp-mlops-Input"
            aria-label={trans.__('Notes')}
            placeholder={trans.__('Markdown')}
            rows={6}
            value={text}
            autoFocus
            onChange={event => setText(event.target.value)}
            onKeyDown={event => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                event.stopPropagation();
                void keep();
              } else if (event.key === 'Escape') {
                event.stopPropagation();
                close();
              }
            }}
          />
          <div className="jp-mlops-Notes-actions">
            <button type="button" className="jp-mlops-Button" onClick={close}>
              {trans.__('Cancel')}
            </button>
            <button
              type="button"
              className="jp-mlops-Button jp-mod-primary"
              title={trans.__('Save (Ctrl+Enter)')}
              onClick={() => void keep()}
            >
              {trans.__('Save')}
            </button>
          </div>
        </div>
      ) : notes ? (
        <Mime
          rendermime={actions.rendermime}
          data={{ 'text/markdown': notes }}
          className="jp-mlops-Notes-text"
        />
      ) : null}
    </Section>
  );
}
