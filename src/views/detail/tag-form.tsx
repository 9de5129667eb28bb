import * as React from 'react';

import type { ISectionProps } from './parts';
import type { ITag, TagFault } from '../../models/tags';
import { changeOf, faultOf } from '../../models/tags';

interface ITagFormProps extends ISectionProps {
  /** The tag that is changed; null: a new one. */
  before: ITag | null;
  /** Called with the name of the tag that is there now, if there is one. */
  close: (name: string | null) => void;
}

/** A tag as it is written: Enter keeps it, Escape leaves it as it was. */
export function TagForm(props: ITagFormProps): React.ReactElement {
  const { before, close, trans } = props;
  const { tag, problem, saving, change, keep } = useTagForm(props);
  const id = React.useId();
  const old = before?.name ?? null;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close(old);
    } else if (
      event.key === 'Enter' &&
      event.target instanceof HTMLTextAreaElement &&
      !event.shiftKey &&
      !event.nativeEvent.isComposing
    ) {
      event.preventDefault();
      event.stopPropagation();
      void keep();
    }
  };
  return (
    <form
      className="jp-mlops-TagForm"
      onSubmit={event => {
        event.preventDefault();
        void keep();
      }}
      onKeyDown={onKeyDown}
    >
      <input
        className="jp-mlops-Input"
        aria-label={trans.__('Tag name')}
        aria-invalid={!!problem}
        aria-describedby={problem ? id : undefined}
        placeholder={trans.__('name')}
        spellCheck={false}
        autoFocus={!before}
        value={tag.name}
        onChange={event => change({ name: event.target.value })}
      />
      <textarea
        className="jp-mlops-Input"
        aria-label={trans.__('Tag value')}
        aria-describedby={problem ? id : undefined}
        placeholder={trans.__('value')}
        spellCheck={false}
        autoFocus={!!before}
        rows={Math.min(tag.value.split('\n').length, 6)}
        value={tag.value}
        onFocus={event => event.target.select()}
        onChange={event => change({ value: event.target.value })}
      />
      {problem && (
        <p id={id} role="alert" className="jp-mlops-Tags-problem">
          {problem}
        </p>
      )}
      <div className="jp-mlops-Notes-actions">
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={() => close(old)}
        >
          {trans.__('Cancel')}
        </button>
        <button
          type="submit"
          className="jp-mlops-Button jp-mod-primary"
          disabled={saving}
        >
          {trans.__('Save tag')}
        </button>
      </div>
    </form>
  );
}

/** What is written, and why it cannot be kept. */
function useTagForm(props: ITagFormProps): {
  tag: ITag;
  problem: string;
  saving: boolean;
  change: (part: Partial<ITag>) => void;
  keep: () => Promise<void>;
} {
  const { model, candidate, before, close, trans } = props;
  const [tag, setTag] = React.useState<ITag>(before ?? { name: '', value: '' });
  const [problem, setProblem] = React.useState('');
  const [saving, setSaving] = React.useState(false);
  const old = before?.name ?? null;
  const faults: Record<TagFault, string> = {
    empty: trans.__('A tag needs a name.'),
    reserved: trans.__(
      'Names under mlops. and mlflow. are kept by the programs.'
    ),
    taken: trans.__('There is a tag of this name.')
  };
  const keep = async () => {
    const fault = faultOf(tag, old, candidate.tags);
    if (fault) {
      setProblem(faults[fault]);
      return;
    }
    const change = changeOf(tag, old, candidate.tags);
    setSaving(true);
    const failure = change && (await model.changeTags(change));
    if (failure) {
      // What is not kept stays in the boxes.
      setSaving(false);
      setProblem(failure.message);
    } else {
      close(tag.name.trim());
    }
  };
  return {
    tag,
    problem,
    saving,
    change: part => {
      setTag({ ...tag, ...part });
      setProblem('');
    },
    keep
  };
}
