import * as React from 'react';

import { CellDiff } from './cell-diff';
import type { ITabProps } from './parts';
import { useWidth } from '../shared/hooks';
import { Blank, ProblemView, Skeleton } from '../shared/problem';
import type { CompareModel } from '../../models/compare';
import type { IProblem } from '../../models/problem';
import { problemOf } from '../../models/problem';
import type { CandidateDetail, CodeCell } from '../../models/types';

/** Narrower than this (pixels) the two sides stand below each other. */
const TWO_SIDES = 720;

/** A stretch of cells that are shown, or that are equal and folded. */
type Stretch = { from: number; cells: CodeCell[]; equal: boolean };

/** The code of two candidates, cell beside cell; equal cells are folded. */
export function CodeTab(props: ITabProps): React.ReactElement {
  const { model, comparison, trans } = props;
  const { candidates, baseline } = comparison;
  const others = model.shown.filter(({ id }) => id !== baseline);
  const [a, setA] = React.useState(baseline);
  const [b, setB] = React.useState(
    () =>
      others[0]?.id ?? candidates.find(({ id }) => id !== baseline)?.id ?? ''
  );
  const scroller = React.useRef<HTMLDivElement>(null);
  const twoSides = useWidth(scroller) >= TWO_SIDES;

  const { cells, problem, retry } = useCode(model, a, b);

  return (
    <div className="jp-mlops-CodeTab">
      <Sides {...props} a={a} b={b} setA={setA} setB={setB} cells={cells} />
      <div
        ref={scroller}
        className="jp-mlops-Compare-scroll"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Code')}
      >
        {problem ? (
          <ProblemView problem={problem} retry={retry} trans={trans} />
        ) : !cells ? (
          <Skeleton rows={5} />
        ) : !cells.length ? (
          <Blank title={trans.__('No code is recorded of these candidates')}>
            <p>
              {trans.__(
                'Code is kept of what runs in a notebook; candidates from elsewhere may have none.'
              )}
            </p>
          </Blank>
        ) : (
          <Cells
            key={`${a} ${b}`}
            {...props}
            cells={cells}
            twoSides={twoSides}
          />
        )}
      </div>
    </div>
  );
}

/** The code of two candidates as it is compared; null: it is on its way. */
function useCode(
  model: CompareModel,
  a: string,
  b: string
): {
  cells: CodeCell[] | null;
  problem: IProblem | null;
  retry: () => void;
} {
  const [cells, setCells] = React.useState<CodeCell[] | null>(null);
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const [tries, setTries] = React.useState(0);
  React.useEffect(() => {
    let gone = false;
    setCells(null);
    setProblem(null);
    model.code(a, b).then(
      found => !gone && setCells(found),
      reason => !gone && setProblem(problemOf(reason))
    );
    return () => {
      gone = true;
    };
  }, [model, a, b, tries]);
  return { cells, problem, retry: () => setTries(tries + 1) };
}

/** Which two candidates are compared, and what came of it. */
function Sides(
  props: ITabProps & {
    a: string;
    b: string;
    setA: (id: string) => void;
    setB: (id: string) => void;
    cells: readonly CodeCell[] | null;
  }
): React.ReactElement {
  const { comparison, a, b, setA, setB, cells, trans } = props;
  const { candidates } = comparison;
  return (
    <div className="jp-mlops-Compare-bar">
      <CandidateSelect
        label={trans.__('From')}
        candidates={candidates}
        value={a}
        onChange={setA}
      />
      <button
        type="button"
        className="jp-mlops-Button"
        aria-label={trans.__('Swap the two candidates')}
        title={trans.__('Swap the two candidates')}
        onClick={() => {
          setA(b);
          setB(a);
        }}
      >
        ⇄
      </button>
      <CandidateSelect
        label={trans.__('To')}
        candidates={candidates}
        value={b}
        onChange={setB}
      />
      {cells && (
        <span className="jp-mlops-Muted" role="status">
          {countsOf(cells, props)}
        </span>
      )}
    </div>
  );
}

function Cells(
  props: ITabProps & { cells: readonly CodeCell[]; twoSides: boolean }
): React.ReactElement {
  const { cells, twoSides, actions, trans } = props;
  const [open, setOpen] = React.useState<ReadonlySet<number>>(new Set());
  const stretches = React.useMemo(() => stretchesOf(cells), [cells]);
  return (
    <>
      {stretches.map(({ from, cells: some, equal }) =>
        equal && !open.has(from) ? (
          <button
            key={from}
            type="button"
            className="jp-mlops-CodeTab-fold"
            aria-expanded={false}
            onClick={() => setOpen(new Set(open).add(from))}
          >
            {trans._n('%1 equal cell', '%1 equal cells', some.length)}
          </button>
        ) : (
          some.map((cell, index) => (
            <CellDiff
              key={from + index}
              cell={cell}
              twoSides={twoSides}
              highlight={actions.highlight}
              trans={trans}
            />
          ))
        )
      )}
    </>
  );
}

/** Cells in stretches of equal ones and others: pure. */
export function stretchesOf(cells: readonly CodeCell[]): Stretch[] {
  const stretches: Stretch[] = [];
  cells.forEach((cell, index) => {
    const equal = cell.state === 'equal';
    const last = stretches[stretches.length - 1];
    if (last && last.equal === equal) {
      last.cells.push(cell);
    } else {
      stretches.push({ from: index, cells: [cell], equal });
    }
  });
  return stretches;
}

function countsOf(cells: readonly CodeCell[], { trans }: ITabProps): string {
  const count = (state: CodeCell['state']) =>
    cells.filter(cell => cell.state === state).length;
  const parts = [
    [count('changed'), trans.__('changed')],
    [count('added'), trans.__('added')],
    [count('removed'), trans.__('removed')]
  ] as const;
  const told = parts.filter(([number]) => number > 0);
  return told.length
    ? told.map(([number, word]) => `${number} ${word}`).join(', ')
    : trans.__('The code is the same');
}

function CandidateSelect(props: {
  label: string;
  candidates: readonly CandidateDetail[];
  value: string;
  onChange: (id: string) => void;
}): React.ReactElement {
  return (
    <label className="jp-mlops-CodeTab-select">
      {props.label}
      <select
        className="jp-mlops-Dropdown"
        value={props.value}
        onChange={event => props.onChange(event.target.value)}
      >
        {props.candidates.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
