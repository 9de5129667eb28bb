/** What charts show, as rows: pure. */
import { startOf, xOf } from './curves';
import type { IDimension, IItem, ISeries, ITable, XAxis } from './types';

/** More curves than this are listed below each other, not side by side. */
const SIDE_BY_SIDE = 30;

/** Curves as rows of x with one column a candidate, or as one row a point when there are many. */
export function curvesTable(
  series: readonly ISeries[],
  axis: XAxis,
  words: { x: string; candidate: string; value: string }
): ITable {
  if (series.length > SIDE_BY_SIDE) {
    return {
      columns: [
        { label: words.candidate, numeric: false },
        { label: words.x, numeric: true },
        { label: words.value, numeric: true }
      ],
      rows: series.flatMap(({ name, points }) => {
        const start = startOf(points);
        return points.map(point => [
          name,
          xOf(point, axis, start),
          point.value
        ]);
      })
    };
  }
  const rows = new Map<number, (number | null)[]>();
  series.forEach(({ points }, column) => {
    const start = startOf(points);
    for (const point of points) {
      const x = xOf(point, axis, start);
      let row = rows.get(x);
      if (!row) {
        row = series.map(() => null);
        rows.set(x, row);
      }
      row[column] = point.value;
    }
  });
  return {
    columns: [
      { label: words.x, numeric: true },
      ...series.map(({ name }) => ({ label: name, numeric: true }))
    ],
    rows: [...rows.entries()]
      .sort(([a], [b]) => a - b)
      .map(([x, values]) => [x, ...values])
  };
}

/** One row a candidate, one column a dimension. */
export function itemsTable(
  items: readonly IItem[],
  dimensions: readonly IDimension[],
  words: { candidate: string }
): ITable {
  return {
    columns: [
      { label: words.candidate, numeric: false },
      ...dimensions.map(({ label, categories }) => ({
        label,
        numeric: !categories
      }))
    ],
    rows: items.map(({ name, values }) => [
      name,
      ...dimensions.map(({ key }) => values[key] ?? null)
    ])
  };
}

/** A table as comma-separated values (RFC 4180). */
export function toCsv(table: ITable): string {
  const lines = [
    table.columns.map(column => column.label),
    ...table.rows.map(row => row.map(value => value ?? ''))
  ];
  return lines.map(line => line.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Texts that a spreadsheet would run as a formula are kept from it by an apostrophe. */
function cell(value: string | number): string {
  if (typeof value === 'number') {
    return String(value);
  }
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
