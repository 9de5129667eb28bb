import type { TranslationBundle } from '@jupyterlab/translation';
import { deleteIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { SearchHelp } from './search-help';
import type { CandidatesModel } from '../../models/candidates';
import type { Chip } from '../../models/query';
import { CHIPS } from '../../models/query';

/** Search and filter candidates. */
export function SearchBar(props: {
  model: CandidatesModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const problem = model.filter.problem;
  const box = React.useRef<HTMLInputElement>(null);
  return (
    <div className="jp-mlops-Search" role="search">
      <div
        className="jp-mlops-Search-box"
        data-invalid={!!problem || undefined}
      >
        <searchIcon.react tag="span" className="jp-mlops-Search-icon" />
        <input
          ref={box}
          type="search"
          aria-label={trans.__('Search candidates')}
          aria-invalid={!!problem}
          aria-describedby={problem ? 'jp-mlops-search-problem' : undefined}
          placeholder={trans.__('Words, or a filter')}
          spellCheck={false}
          value={model.filter.text}
          onChange={event => model.filter.setText(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Escape' && model.filter.text) {
              event.stopPropagation();
              model.filter.setText('');
            }
          }}
        />
        <SearchHelp
          model={model}
          fill={text => {
            model.filter.setText(text);
            box.current?.focus();
          }}
          trans={trans}
        />
      </div>
      {problem && <SearchProblem text={model.filter.text} problem={problem} />}
      <Chips model={model} trans={trans} />
    </div>
  );
}

/** Where and why a filter cannot be read. */
function SearchProblem(props: {
  text: string;
  problem: NonNullable<CandidatesModel['filter']['problem']>;
}): React.ReactElement {
  const { text, problem } = props;
  return (
    <p
      className="jp-mlops-Search-problem"
      id="jp-mlops-search-problem"
      role="status"
    >
      {problem.position !== undefined && (
        <code className="jp-mlops-Search-position">
          {text.slice(0, problem.position)}
          <mark>{text.slice(problem.position) || '…'}</mark>
        </code>
      )}
      {problem.message}
    </p>
  );
}

/** Filters that are asked for most often, and the bin. */
function Chips(props: {
  model: CandidatesModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const chips: Record<Chip, { text: string; label: string }> = {
    notebook: {
      text: trans.__('Notebook'),
      label: trans.__('This notebook')
    },
    finished: { text: trans.__('Finished'), label: trans.__('Finished') },
    failed: { text: trans.__('Failed'), label: trans.__('Failed') },
    starred: { text: '★', label: trans.__('Starred') },
    verified: { text: '✓', label: trans.__('Verified') }
  };
  return (
    <div
      className="jp-mlops-Chips"
      role="group"
      aria-label={trans.__('Filters')}
    >
      {CHIPS.map(chip => (
        <button
          key={chip}
          type="button"
          className="jp-mlops-Chip"
          aria-pressed={model.filter.chips.has(chip)}
          aria-label={chips[chip].label}
          title={chips[chip].label}
          disabled={chip === 'notebook' && !model.notebook}
          onClick={() => model.filter.toggleChip(chip)}
        >
          {chips[chip].text}
        </button>
      ))}
      <button
        type="button"
        className="jp-mlops-Chip jp-mlops-Chip-bin"
        aria-pressed={model.filter.bin}
        aria-label={trans.__('Bin')}
        title={trans.__('Bin: what was deleted')}
        onClick={() => model.setBin(!model.filter.bin)}
      >
        <deleteIcon.react tag="span" height={13} width={13} />
      </button>
    </div>
  );
}
