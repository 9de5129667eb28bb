import { Clipboard, Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import type { ITabProps } from './parts';
import { groupTitles } from './words';
import { Switch } from '../shared/controls';
import { markdownOf } from '../../models/markdown';
import type { CandidateDetail } from '../../models/types';

/** Above the differences: which rows are shown, and to take them along. */
export function DifferencesBar(
  props: ITabProps & {
    candidates: readonly CandidateDetail[];
    /** Rows that are left out because they are equal. */
    hidden: number;
    search: string;
    onSearch: (text: string) => void;
  }
): React.ReactElement {
  const { model, comparison, candidates, hidden, trans } = props;
  const copy = () => {
    Clipboard.copyToSystem(
      markdownOf(
        comparison,
        candidates,
        {
          titles: groupTitles(trans),
          baseline: trans.__('baseline'),
          name: trans.__('Name')
        },
        !model.differencesOnly
      )
    );
    Notification.success(trans.__('Copied as Markdown'), { autoClose: 2000 });
  };
  return (
    <div className="jp-mlops-Compare-bar">
      <Switch
        label={trans.__('Differences only')}
        checked={model.differencesOnly}
        onChange={on => model.setDifferencesOnly(on)}
      />
      {hidden > 0 && (
        <span className="jp-mlops-Muted" role="status">
          {trans._n('%1 equal row hidden', '%1 equal rows hidden', hidden)}
        </span>
      )}
      <span className="jp-mlops-Compare-space" />
      <input
        type="search"
        className="jp-mlops-Input"
        aria-label={trans.__('Search rows')}
        placeholder={trans.__('Search rows')}
        value={props.search}
        onChange={event => props.onSearch(event.target.value)}
      />
      <button type="button" className="jp-mlops-Button" onClick={copy}>
        {trans.__('Copy as Markdown')}
      </button>
    </div>
  );
}
