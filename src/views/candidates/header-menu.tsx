import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyThinIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IHeadColumn } from './head-column';
import { MenuItem, Popover } from '../shared/popover';
import type { CandidatesModel } from '../../models/candidates';
import type { Aggregate } from '../../models/measure';

interface IMenuProps {
  head: IHeadColumn;
  model: CandidatesModel;
  trans: TranslationBundle;
}

/** The menu of a column: its order, which of a metric's values, its place. */
export function HeaderMenu(props: IMenuProps): React.ReactElement {
  const { head, trans } = props;
  return (
    <Popover
      role="menu"
      label={trans.__('Column %1', head.title)}
      className="jp-mlops-HeaderCell-menu"
      tabIndex={-1}
      face={<caretDownEmptyThinIcon.react tag="span" />}
    >
      {close => (
        <>
          <MenuItem
            label={trans.__('Sort ascending')}
            checked={head.sorted === 'ascending'}
            onSelect={() => head.sort(false)}
            close={close}
          />
          <MenuItem
            label={trans.__('Sort descending')}
            checked={head.sorted === 'descending'}
            onSelect={() => head.sort(true)}
            close={close}
          />
          {head.column.kind === 'metrics' && (
            <MetricItems {...props} close={close} />
          )}
          {!head.named && <PlaceItems {...props} close={close} />}
        </>
      )}
    </Popover>
  );
}

/** Which of a metric's values the column shows, and whether the sidebar shows the metric first. */
function MetricItems(
  props: IMenuProps & { close: () => void }
): React.ReactElement {
  const { head, model, close, trans } = props;
  const { name } = head.column;
  const titles: Record<Aggregate, string> = {
    last: trans.__('Last value'),
    best: trans.__('Best value'),
    min: trans.__('Least value'),
    max: trans.__('Greatest value')
  };
  return (
    <>
      <hr />
      {(Object.keys(titles) as Aggregate[]).map(item => (
        <MenuItem
          key={item}
          label={titles[item]}
          checked={head.aggregate === item}
          onSelect={() => head.setAggregate(item)}
          close={close}
        />
      ))}
      <hr />
      <MenuItem
        label={trans.__('Show first in the sidebar')}
        checked={model.primary?.name === name}
        onSelect={() => model.choose({ primary: name })}
        close={close}
      />
    </>
  );
}

/** Where the column stands, and whether it is shown. */
function PlaceItems(
  props: IMenuProps & { close: () => void }
): React.ReactElement {
  const { head, close, trans } = props;
  return (
    <>
      <hr />
      <MenuItem
        label={head.pinned ? trans.__('Unpin') : trans.__('Pin left')}
        onSelect={() => head.setPinned(!head.pinned)}
        close={close}
      />
      <MenuItem
        label={trans.__('Move left')}
        disabled={!head.movable(-1)}
        onSelect={() => head.move(-1)}
        close={close}
      />
      <MenuItem
        label={trans.__('Move right')}
        disabled={!head.movable(1)}
        onSelect={() => head.move(1)}
        close={close}
      />
      <MenuItem label={trans.__('Hide')} onSelect={head.hide} close={close} />
    </>
  );
}
