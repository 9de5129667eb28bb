import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IDrawing } from './parts';
import { Cell } from '../detail/cell';
import { Switch } from '../shared/controls';
import { useModel } from '../shared/hooks';
import { Awaited, Blank } from '../shared/problem';
import type { ExecutedModel } from '../../models/executed';

/** Cells that are drawn at first. */
const MOST = 100;

interface IExecutedProps extends IDrawing {
  model: ExecutedModel;
  restoreCopy: () => void;
  trans: TranslationBundle;
}

/** The cells of a candidate's notebook in the order in which they ran, to look at. */
export function ExecutedView(props: IExecutedProps): React.ReactElement {
  const { model } = props;
  useModel(model);
  return model.cells ? (
    <Cells {...props} cells={model.cells} />
  ) : (
    <NoCells {...props} />
  );
}

/** Why there are no cells: they are not kept, could not be had, or are on their way. */
function NoCells(props: IExecutedProps): React.ReactElement {
  const { model, trans } = props;
  const { problem } = model;
  if (problem?.code === 'not_found' && !problem.details.candidate) {
    return (
      <Blank title={trans.__('What ran is not kept here')}>
        <p>{problem.message}</p>
      </Blank>
    );
  }
  return (
    <Awaited
      problem={problem}
      retry={() => void model.refresh()}
      rows={8}
      trans={trans}
    />
  );
}

function Cells(
  props: IExecutedProps & { cells: NonNullable<ExecutedModel['cells']> }
): React.ReactElement {
  const { cells, trans } = props;
  const [onlyNeeded, setOnlyNeeded] = React.useState(false);
  const [most, setMost] = React.useState(MOST);
  const needed = cells.filter(cell => cell.needed);
  const narrowed = needed.length > 0 && needed.length < cells.length;
  const shown = narrowed && onlyNeeded ? needed : cells;
  return (
    <article
      className="jp-mlops-AsItRan"
      aria-label={trans.__('The notebook as it ran')}
    >
      <header>
        <p>
          {trans.__(
            'What was executed up to the end of this candidate, in the order in which it ran. Read-only.'
          )}
        </p>
        {narrowed && (
          <Switch
            label={trans.__('Only what it depends on')}
            checked={onlyNeeded}
            onChange={setOnlyNeeded}
          />
        )}
        <button
          type="button"
          className="jp-mlops-Button"
          onClick={props.restoreCopy}
        >
          {trans.__('Restore a copy…')}
        </button>
      </header>
      {shown.slice(0, most).map(cell => (
        <Cell
          key={cell.id}
          prompt={`[${cell.count ?? ' '}]`}
          source={cell.source}
          outputs={cell.outputs}
          failed={cell.status !== 'FINISHED'}
          note={cell.status === 'FINISHED' ? '' : trans.__('Did not finish')}
          rendermime={props.rendermime}
          highlight={props.highlight}
        />
      ))}
      {shown.length > most && (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => setMost(most + MOST)}
        >
          {trans.__('Show %1 more', shown.length - most)}
        </button>
      )}
    </article>
  );
}
