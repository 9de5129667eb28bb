import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { ITable } from './types';

const ROW = 24;

/** The twin of a chart: the same data as a table, of which only what is in sight is drawn. */
export function DataTable(props: {
  table: ITable;
  label: string;
  height: number;
}): React.ReactElement {
  const { table, label } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: table.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 6,
    initialRect: { width: 400, height: props.height }
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  return (
    <div
      ref={scroller}
      className="jp-mlops-DataTable"
      style={{ height: props.height }}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table aria-label={label} aria-rowcount={table.rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {table.columns.map((column, index) => (
              <th
                key={index}
                scope="col"
                data-numeric={column.numeric || undefined}
                title={column.label}
              >
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={before} />
          {items.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 2} style={{ height: ROW }}>
              {table.rows[index].map((value, column) => (
                <td
                  key={column}
                  data-numeric={table.columns[column].numeric || undefined}
                >
                  {value === null ? '–' : String(value)}
                </td>
              ))}
            </tr>
          ))}
          <Spacer height={after} />
        </tbody>
      </table>
    </div>
  );
}

/** The room of rows that are not drawn. */
function Spacer(props: { height: number }): React.ReactElement | null {
  return props.height > 0 ? (
    <tr aria-hidden="true">
      <td style={{ height: props.height, padding: 0, border: 0 }} />
    </tr>
  ) : null;
}
