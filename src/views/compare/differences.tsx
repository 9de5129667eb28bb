import { Clipboard, Notification } from '@jupyterlab/apputils';
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { DifferenceCell } from './difference-cell';
import { DifferencesHead } from './differences-head';
import type { ITabProps } from './parts';
import type { DifferenceLine, Fold } from './rows';
import { bestIn, differenceLines } from './rows';
import { groupTitles } from './words';
import { Switch } from '../shared/controls';
import { useWidth } from '../shared/hooks';
import { Blank } from '../shared/problem';
import { markdownOf } from '../../models/markdown';

const ROW = 30;
const GROUP_ROW = 38;
const HEAD = 68;
/** Narrowest and widest column of a candidate, in pixels. */
const NARROW = 198;
const WIDE = 520;

/** A table of what differs: one column a candidate; rows and columns are drawn as they come in sight. */
export function Differences(props: ITabProps): React.ReactElement {
  const { model, comparison, trans } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const [search, setSearch] = React.useState('');
  const [folded, setFolded] = React.useState<ReadonlySet<Fold>>(
    new Set(['defaults'])
  );
  const titles = groupTitles(trans);

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

  const nameWidth = width < 560 ? 132 : 200;
  const columnWidth = Math.max(
    NARROW,
    Math.min(WIDE, Math.floor((width - nameWidth) / candidates.length))
  );
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => (lines[index].kind === 'group' ? GROUP_ROW : ROW),
    scrollMargin: HEAD,
    overscan: 6
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: candidates.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => columnWidth,
    overscan: 1
  });
  React.useEffect(() => rows.measure(), [rows, lines]);
  React.useEffect(() => columns.measure(), [columns, columnWidth]);

  const inSight = columns.getVirtualItems();
  const before = inSight[0]?.start ?? 0;
  const total = nameWidth + columns.getTotalSize();

  const copy = () => {
    Clipboard.copyToSystem(
      markdownOf(
        comparison,
        candidates,
        { titles, baseline: trans.__('baseline'), name: trans.__('Name') },
        !model.differencesOnly
      )
    );
    Notification.success(trans.__('Copied as Markdown'), { autoClose: 2000 });
  };

  const renderLine = (line: DifferenceLine) => {
    const best = line.kind === 'row' ? bestIn(line.row) : null;
    return line.kind === 'group' ? (
      <div role="rowheader" className="jp-mlops-Differences-group">
        <button
          type="button"
          aria-expanded={!folded.has(line.group)}
          onClick={() => setFolded(toggled(folded, line.group))}
        >
          <span aria-hidden="true">{folded.has(line.group) ? '▸' : '▾'}</span>
          {titles[line.group]}
          <span className="jp-mlops-Count" aria-hidden="true">
            {line.count}
          </span>
        </button>
      </div>
    ) : (
      <>
        <div
          role="rowheader"
          className="jp-mlops-Differences-name"
          style={{ width: nameWidth }}
          title={line.row.name}
        >
          <span>{line.row.name}</span>
          {line.row.direction && (
            <span
              className="jp-mlops-Muted"
              title={
                line.row.direction === 'max'
                  ? trans.__('More is better')
                  : trans.__('Less is better')
              }
            >
              {line.row.direction === 'max' ? '↑' : '↓'}
            </span>
          )}
        </div>
        <div role="presentation" style={{ flex: 'none', width: before }} />
        {inSight.map(({ index }) => {
          const { id } = candidates[index];
          return (
            <div
              key={id}
              role="cell"
              aria-colindex={index + 2}
              className="jp-mlops-Differences-cell"
              data-numeric={line.group === 'metrics' || undefined}
              data-changed={isChanged(line, id, comparison.baseline)}
              style={{ width: columnWidth }}
            >
              <DifferenceCell
                row={line.row}
                id={id}
                baseline={comparison.baseline}
                best={best === id}
                trans={trans}
              />
            </div>
          );
        })}
      </>
    );
  };

  return (
    <div className="jp-mlops-Differences">
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
          value={search}
          onChange={event => setSearch(event.target.value)}
        />
        <button type="button" className="jp-mlops-Button" onClick={copy}>
          {trans.__('Copy as Markdown')}
        </button>
      </div>
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
          style={{ width: total, height: rows.getTotalSize() + HEAD }}
        >
          <DifferencesHead
            {...props}
            candidates={candidates}
            inSight={inSight}
            before={before}
            nameWidth={nameWidth}
            columnWidth={columnWidth}
            height={HEAD}
          />
          {width > 0 &&
            rows.getVirtualItems().map(({ index, start, size }) => (
              <div
                key={keyOf(lines[index])}
                role="row"
                aria-rowindex={index + 2}
                className="jp-mlops-Differences-row"
                data-differs={
                  lines[index].kind === 'row' && lines[index].row.differs
                    ? true
                    : undefined
                }
                style={{ transform: `translateY(${start}px)`, height: size }}
              >
                {renderLine(lines[index])}
              </div>
            ))}
        </div>
        {!lines.length && (
          <Blank
            title={
              search
                ? trans.__('No row has this name')
                : trans.__('These candidates do not differ')
            }
          />
        )}
      </div>
    </div>
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

/** Whether a value that is not measured is another than the baseline's. */
function isChanged(
  line: Extract<DifferenceLine, { kind: 'row' }>,
  id: string,
  baseline: string
): true | undefined {
  const { values, direction } = line.row;
  return !direction && values[id] !== values[baseline] ? true : undefined;
}
