import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Popover } from '../shared/popover';
import type { CandidatesModel } from '../../models/candidates';
import type { Lesson } from '../../models/search-help';
import { searchExamples } from '../../models/search-help';

/** What can be searched for, by examples that are one click from the box. */
export function SearchHelp(props: {
  model: CandidatesModel;
  /** Put a text into the search box and go there. */
  fill: (text: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, fill, trans } = props;
  const words: Record<Lesson, string> = {
    word: trans.__('a word of the name'),
    metric: trans.__('a metric'),
    range: trans.__('from … to'),
    param: trans.__('a param'),
    several: trans.__('one of several values'),
    tag: trans.__('a tag'),
    fact: trans.__('a fact: status, notebook, duration, …'),
    either: trans.__('and, or, parentheses')
  };
  return (
    <Popover
      label={trans.__('Search help')}
      face="?"
      className="jp-mlops-IconButton jp-mlops-Search-help"
      role="dialog"
      align="auto"
    >
      {close => (
        <div className="jp-mlops-Examples">
          <p>{trans.__('Plain words, or a filter. Press one to try it:')}</p>
          <ul>
            {searchExamples(model.keys, model.rows).map(
              ({ lesson, filter }) => (
                <li key={lesson}>
                  <button
                    type="button"
                    className="jp-mlops-Example"
                    onClick={() => {
                      close();
                      fill(filter);
                    }}
                  >
                    <code>{filter}</code>
                    <span>{words[lesson]}</span>
                  </button>
                </li>
              )
            )}
          </ul>
        </div>
      )}
    </Popover>
  );
}
