import * as React from 'react';

import { DifferencesBar } from './differences-bar';
import { DifferencesHead } from './differences-head';
import type { IColumnsInSight } from './differences-layout';
import { HEAD, useDifferencesLayout } from './differences-layout';
import { GroupHead, ValueCells } from './differences-row';
import type { ITabProps } from './parts';
import type { DifferenceLine, Fold } from './rows';
import { differenceLines } from './rows';
import { groupTitles } from './words';
import { Blank } from '../shared/problem';
import type { CandidateDetail } from '../../models/types';

/** A table of what differs: one column a candidate; rows and columns are drawn as they come in sight. */
export function Differences(props: ITabProps): React.ReactElement {
  const { model, comparison, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const [search, setSearch] = React.useState('');
  const [folded, setFolded] = React.useState<ReadonlySet<Fold>>(
    new Set(['defaults'])
  );
  const candidates = shownCandidates(props);
  const { lines, hidden } = React.useMemo(
    () =>
      differenceLines(comparison, {
        ids: candidates.map(({ id }) => id),
        differencesOnly: model.differencesOnly,
        search,
        folded
      }),
    [comparison, candidates, model.differencesOnly, search, folded]
  );
  const layout = useDifferencesLayout(scroller, lines, candidates.length);

  return (
    <div className="jp-mlops-Differences">
      <DifferencesBar
        {...props}
        candidates={candidates}
        hidden={hidden}
        search={search}
        onSearch={setSearch}
      />
      <div
        ref={scroller}
        className="jp-mlops-Compare-scroll"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Differences')}
      >
        <div
          role="table"
          aria-label={trans.__('Differences')}
          aria-rowcount={lines.length + 1}
          aria-colcount={candidates.length + 1}
          className="jp-mlops-Differences-table"
          style={{ width: layout.width, height: layout.height }}
        >
          <DifferencesHead
            {...props}
            {...layout.columns}
            candidates={candidates}
            height={HEAD}
          />
          {layout.rows.map(({ index, start, size }) => (
            <div
              key={keyOf(lines[index])}
              role="row"
              aria-rowindex={index + 2}
              className="jp-mlops-Differences-row"
              data-differs={differs(lines[index]) || undefined}
              style={{ transform: `translateY(${start}px)`, height: size }}
            >
              <Line
                line={lines[index]}
                candidates={candidates}
                baseline={comparison.baseline}
                layout={layout.columns}
                folded={folded}
                fold={group => setFolded(toggled(folded, group))}
                trans={trans}
              />
            </div>
          ))}
        </div>
        {!lines.length && <NoRows search={search} trans={trans} />}
      </div>
    </div>
  );
}

/** One line: the head of a group, or a name with its values. */
function Line(props: {
  line: DifferenceLine;
  candidates: readonly CandidateDetail[];
  baseline: string;
  layout: IColumnsInSight;
  folded: ReadonlySet<Fold>;
  fold: (group: Fold) => void;
  trans: ITabProps['trans'];
}): React.ReactElement {
  const { line, folded, fold, trans, ...rest } = props;
  return line.kind === 'group' ? (
    <GroupHead
      line={line}
      title={groupTitles(trans)[line.group]}
      folded={folded.has(line.group)}
      onToggle={() => fold(line.group)}
    />
  ) : (
    <ValueCells {...rest} line={line} trans={trans} />
  );
}

/** Those that are not filtered out; the baseline stays to compare with. */
function shownCandidates({ model, comparison }: ITabProps) {
  const shown = model.shown;
  return React.useMemo(() => {
    const ids = new Set(shown.map(({ id }) => id)).add(comparison.baseline);
    return comparison.candidates.filter(({ id }) => ids.has(id));
  }, [comparison, shown.map(({ id }) => id).join()]);
}

function keyOf(line: DifferenceLine): string {
  return line.kind === 'group' ? line.group : `${line.group}/${line.row.name}`;
}

function toggled(set: ReadonlySet<Fold>, group: Fold): ReadonlySet<Fold> {
  const next = new Set(set);
  if (!next.delete(group)) {
    next.add(group);
  }
  return next;
}

function differs(line: DifferenceLine): boolean {
  return line.kind === 'row' && line.row.differs;
}

/** Why there is no row: no name has the words, or nothing differs. */
function NoRows(props: {
  search: string;
  trans: ITabProps['trans'];
}): React.ReactElement {
  const { search, trans } = props;
  return (
    <Blank
      title={
        search
          ? trans.__('No row has this name')
          : trans.__('These candidates do not differ')
      }
    />
  );
}
