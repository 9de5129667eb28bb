import type { TranslationBundle } from '@jupyterlab/translation';
import type { Header } from '@tanstack/react-table';

import { WIDTH } from './grid-columns';
import { columnTitle } from './titles';
import type { CandidatesModel } from '../../models/candidates';
import type { IColumn } from '../../models/columns';
import { columnOf, moved } from '../../models/columns';
import type { Aggregate } from '../../models/measure';
import type { Candidate } from '../../models/types';

/** A column as its head shows it, and what can be done with it there. */
export interface IHeadColumn {
  /** Its id in the table: `name` for the column of the candidates themselves. */
  id: string;
  /** Whether it is that of the candidates, which stays where it is. */
  named: boolean;
  column: IColumn;
  title: string;
  sorted: 'ascending' | 'descending' | undefined;
  pinned: boolean;
  /** Which value of a metric is shown. */
  aggregate: Aggregate;
  sort: (descending: boolean) => void;
  /** Sort, and the other way when it is sorted by already. */
  sortOn: () => void;
  setAggregate: (aggregate: Aggregate) => void;
  setPinned: (pinned: boolean) => void;
  /** By pixels; no narrower and no wider than columns are. */
  resize: (by: number) => void;
  /** By places. */
  move: (by: number) => void;
  /** Whether it can be moved by so many places. */
  movable: (by: number) => boolean;
  /** Put another column where it is. */
  take: (id: string) => void;
  hide: () => void;
}

/**
 * A column with its actions.
 *
 * @param shown All columns in order, as they are shown.
 */
export function headColumn(
  header: Header<Candidate, unknown>,
  model: CandidatesModel,
  shown: readonly string[],
  trans: TranslationBundle
): IHeadColumn {
  const id = header.column.id;
  const named = id === 'name';
  const key = named ? 'attributes.name' : id;
  const column = columnOf(key);
  const { sort, pinned, aggregates, widths } = model.choices;
  const direction = sort?.descending ? 'descending' : 'ascending';
  const place = shown.indexOf(id);
  return {
    id,
    named,
    column,
    title: named ? trans.__('Candidate') : columnTitle(id, trans),
    sorted: sort?.key === key ? direction : undefined,
    pinned: pinned.includes(id),
    aggregate: aggregates[column.name] ?? 'last',
    sort: descending => model.choose({ sort: { key, descending } }),
    sortOn: () => model.sortBy(key),
    setAggregate: aggregate =>
      model.choose({ aggregates: { ...aggregates, [column.name]: aggregate } }),
    setPinned: on =>
      model.choose({
        pinned: on ? [...pinned, id] : pinned.filter(item => item !== id)
      }),
    resize: by =>
      model.choose({
        widths: {
          ...widths,
          [id]: Math.min(
            WIDTH.most,
            Math.max(WIDTH.least, header.getSize() + by)
          )
        }
      }),
    move: by => model.choose({ columns: moved(shown, id, by) }),
    movable: by => !named && place + by >= 0 && place + by < shown.length,
    take: from =>
      model.choose({
        columns: moved(shown, from, place - shown.indexOf(from))
      }),
    hide: () => model.choose({ columns: shown.filter(item => item !== id) })
  };
}
