import * as React from 'react';

import { Cell } from './cell';
import type { ISectionProps } from './parts';
import { Section } from './section';
import { Switch } from '../shared/controls';
import { statusName } from '../shared/glyphs';
import { formatDuration } from '../../format';
import type { Execution } from '../../models/types';

/** Cells that are shown at first. */
const MOST = 20;

/** The cells as they ran, with what they printed and showed. */
export function Executed(props: ISectionProps): React.ReactElement {
  const { model, candidate, actions, trans } = props;
  const [onlyMine, setOnlyMine] = React.useState(true);
  const [most, setMost] = React.useState(MOST);
  const executions = model.executions ?? [];
  const slice = new Set(sliceOf(candidate.details));
  const mine = executions.filter(({ id }) => slice.has(id));
  const narrowed = mine.length > 0 && mine.length < executions.length;
  const wanted = narrowed && onlyMine ? mine : executions;
  return (
    <Section
      title={trans.__('Executed code')}
      count={wanted.length}
      controls={
        narrowed && (
          <Switch
            label={trans.__('Only what it depends on')}
            checked={onlyMine}
            onChange={setOnlyMine}
          />
        )
      }
    >
      {model.executions && !executions.length && (
        <p className="jp-mlops-Muted">
          {trans.__(
            'No code is recorded: it was logged from elsewhere, or its notebook run was deleted.'
          )}
        </p>
      )}
      {wanted.slice(0, most).map(execution => (
        <Cell
          key={execution.id}
          prompt={`[${execution.execution_count ?? ' '}]`}
          source={execution.source}
          outputs={execution.outputs ?? []}
          failed={execution.status !== 'FINISHED'}
          note={noteOf(execution, props)}
          rendermime={actions.rendermime}
          highlight={actions.highlight}
        />
      ))}
      {wanted.length > most && (
        <button
          type="button"
          className="jp-mlops-LinkButton"
          onClick={() => setMost(most + 100)}
        >
          {trans.__('Show %1 more', wanted.length - most)}
        </button>
      )}
    </Section>
  );
}

/** Ids of the executions that the candidate depends on, as far as the agent told. */
function sliceOf(details: Record<string, unknown> | undefined): string[] {
  const slice = details?.slice;
  return Array.isArray(slice) ? slice.map(String) : [];
}

function noteOf(
  { status, started_time, ended_time }: Execution,
  { trans }: ISectionProps
): string {
  const took =
    ended_time && started_time
      ? formatDuration((ended_time - started_time) / 1000)
      : '';
  return status === 'FINISHED'
    ? took
    : [statusName(status, trans), took].filter(Boolean).join(', ');
}
