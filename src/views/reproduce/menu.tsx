import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { MenuItem, Popover } from '../shared/popover';
import { CommandIDs } from '../../commands';

/** A button with a menu: run again, look, restore. */
export function ReproduceMenu(props: {
  run: (command: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { run, trans } = props;
  const items = [
    [CommandIDs.runAgain, trans.__('Run again')],
    [
      CommandIDs.runWithParameters,
      trans.__('Run again with changed parameters…')
    ],
    [CommandIDs.runGrid, trans.__('Run a grid…')],
    [CommandIDs.openReproduction, trans.__('Match reports')],
    [CommandIDs.openAsItRan, trans.__('Open as it ran')],
    [CommandIDs.restoreCopy, trans.__('Restore a copy…')]
  ];
  return (
    <Popover
      label={trans.__('Reproduce')}
      face={
        <>
          {trans.__('Reproduce')} <span aria-hidden="true">▾</span>
        </>
      }
      role="menu"
      align="right"
    >
      {close =>
        items.map(([command, label]) => (
          <MenuItem
            key={command}
            label={label}
            onSelect={() => run(command)}
            close={close}
          />
        ))
      }
    </Popover>
  );
}
