import type { TranslationBundle } from '@jupyterlab/translation';
import type { ECharts, EChartsCoreOption } from 'echarts/core';
import * as React from 'react';

import { DataTable } from './data-table';
import { fileName, save } from './save';
import { toCsv } from './table';
import type { IChartTheme } from './theme';
import { onThemeChange, themeOf } from './theme';
import type { IRange, ITable } from './types';
import { useZoom } from './zoom';

/** A card with a chart, its data as a table, and both to be saved. */
export interface IChartProps {
  title: string;
  /** What the chart shows, in a sentence: for people who do not see it. */
  summary: string;
  /** The drawing in a theme; a new function makes a new drawing. */
  option: (theme: IChartTheme) => EChartsCoreOption;
  /** The same as rows; asked for when it is shown or saved. */
  table: () => ITable;
  height: number;
  /** Id of the series or candidate that is pointed at elsewhere. */
  highlighted?: string | null;
  /** A stretch of x was chosen by dragging or by keys; null: all. */
  onZoom?: (range: IRange | null) => void;
  /** Told of the engine's chart once it exists, to listen to its events; returns how to stop. */
  onReady?: (chart: ECharts) => () => void;
  /** Told after every new drawing. */
  onDrawn?: (chart: ECharts) => void;
  /** A control beside the title. */
  controls?: React.ReactNode;
  /** What the drawing is of: a row below the title. */
  settings?: React.ReactNode;
  /** What is said below the chart. */
  footer?: React.ReactNode;
  busy?: boolean;
  trans: TranslationBundle;
}

/** A chart: theme, size, table twin and export. */
export function Chart(props: IChartProps): React.ReactElement {
  const { title, table, trans } = props;
  const [tabular, setTabular] = React.useState(false);
  const host = React.useRef<HTMLDivElement>(null);
  const label = trans.__('Chart: %1', title);

  return (
    <figure
      className="jp-mlops-Chart"
      aria-label={label}
      aria-busy={props.busy}
    >
      <figcaption className="jp-mlops-Chart-head">
        <span className="jp-mlops-Chart-title" title={title}>
          {title}
        </span>
        {props.controls}
        <Actions
          {...props}
          host={host}
          tabular={tabular}
          toggle={() => setTabular(!tabular)}
        />
        {props.settings && (
          <span className="jp-mlops-Chart-settings">{props.settings}</span>
        )}
      </figcaption>
      <div ref={host} className="jp-mlops-Chart-body">
        {tabular ? (
          <DataTable table={table()} label={label} height={props.height} />
        ) : (
          <Canvas {...props} label={label} />
        )}
      </div>
      {props.footer && (
        <div className="jp-mlops-Chart-foot">{props.footer}</div>
      )}
    </figure>
  );
}

/** Show the chart as a table, and save both. */
function Actions(
  props: IChartProps & {
    /** Where the chart is drawn: the picture has its width and theme. */
    host: React.RefObject<HTMLElement>;
    tabular: boolean;
    toggle: () => void;
  }
): React.ReactElement {
  const { title, option, table, host, tabular, trans } = props;
  const savePicture = async (kind: 'png' | 'svg') => {
    const element = host.current;
    if (!element) {
      return;
    }
    const { pngOf, svgOf } = await import('./picture');
    const theme = themeOf(element);
    const [width, height] = [Math.max(element.clientWidth, 480), props.height];
    const drawing = { ...option(theme), backgroundColor: theme.background };
    const content =
      kind === 'svg'
        ? svgOf(drawing, width, height)
        : await pngOf(drawing, width, height);
    save(fileName(title, kind), content);
  };
  const saveTable = () => {
    const content = new Blob([toCsv(table())], { type: 'text/csv' });
    save(fileName(title, 'csv'), content);
  };
  return (
    <span className="jp-mlops-Chart-actions">
      <ChartButton
        text={tabular ? trans.__('Chart') : trans.__('Table')}
        label={
          tabular
            ? trans.__('Show %1 as a chart', title)
            : trans.__('Show %1 as a table', title)
        }
        onClick={props.toggle}
      />
      <ChartButton
        text="PNG"
        label={trans.__('Save %1 as PNG', title)}
        onClick={() => void savePicture('png')}
      />
      <ChartButton
        text="SVG"
        label={trans.__('Save %1 as SVG', title)}
        onClick={() => void savePicture('svg')}
      />
      <ChartButton
        text="CSV"
        label={trans.__('Save %1 as CSV', title)}
        onClick={saveTable}
      />
    </span>
  );
}

/** The drawing itself. */
function Canvas(props: IChartProps & { label: string }): React.ReactElement {
  const { onZoom, trans } = props;
  const element = React.useRef<HTMLDivElement>(null);
  const { chart, failed } = useDrawing(element, props);
  const zoom = useZoom(chart, onZoom);
  if (failed) {
    return (
      <p className="jp-mlops-Chart-failed" role="alert">
        {trans.__(
          'The charts could not be loaded. The table has the same data.'
        )}
      </p>
    );
  }
  return (
    <div
      className="jp-mlops-Chart-canvas"
      role="img"
      aria-label={`${props.label}. ${props.summary}`}
      tabIndex={onZoom ? 0 : undefined}
      style={{ height: props.height }}
      data-zoomable={onZoom ? true : undefined}
      {...zoom.handlers}
    >
      <div ref={element} className="jp-mlops-Chart-drawing" />
      {zoom.selection && (
        <div
          className="jp-mlops-Chart-selection"
          style={{
            left: zoom.selection.left,
            width: zoom.selection.width
          }}
        />
      )}
    </div>
  );
}

/** The engine's chart in an element; null: it is not there yet, or could not be loaded. */
function useEngine(element: React.RefObject<HTMLElement>): {
  chart: ECharts | null;
  theme: IChartTheme | null;
  failed: boolean;
} {
  const [chart, setChart] = React.useState<ECharts | null>(null);
  const [theme, setTheme] = React.useState<IChartTheme | null>(null);
  const [failed, setFailed] = React.useState(false);

  React.useEffect(() => {
    const target = element.current;
    if (!target) {
      return;
    }
    let current: ECharts | null = null;
    let gone = false;
    void import('./engine').then(
      ({ draw }) => {
        if (!gone) {
          current = draw(target);
          setTheme(themeOf(target));
          setChart(current);
        }
      },
      () => setFailed(true)
    );
    const resize = new ResizeObserver(() => {
      // A hidden tab has no size; ECharts would complain.
      if (target.clientWidth && target.clientHeight) {
        current?.resize();
      }
    });
    resize.observe(target);
    const stop = onThemeChange(() => setTheme(themeOf(target)));
    return () => {
      gone = true;
      resize.disconnect();
      stop();
      current?.dispose();
    };
  }, []);
  return { chart, theme, failed };
}

/** The engine's chart, kept to what it is to draw. */
function useDrawing(
  element: React.RefObject<HTMLElement>,
  props: IChartProps
): { chart: ECharts | null; failed: boolean } {
  const { option, onReady, onDrawn, highlighted } = props;
  const { chart, theme, failed } = useEngine(element);
  React.useEffect(() => {
    if (chart && theme) {
      chart.setOption(option(theme), { notMerge: true });
      onDrawn?.(chart);
    }
  }, [chart, theme, option, onDrawn]);
  React.useEffect(
    () => (chart && onReady ? onReady(chart) : undefined),
    [chart, onReady]
  );
  React.useEffect(() => {
    if (!chart || !highlighted) {
      return;
    }
    chart.dispatchAction({ type: 'highlight', seriesId: highlighted });
    return () => {
      if (!chart.isDisposed()) {
        chart.dispatchAction({ type: 'downplay', seriesId: highlighted });
      }
    };
  }, [chart, option, highlighted]);
  return { chart, failed };
}

function ChartButton(props: {
  text: string;
  label: string;
  onClick: () => void;
}): React.ReactElement {
  return (
    <button
      type="button"
      className="jp-mlops-Chart-button"
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
    >
      {props.text}
    </button>
  );
}
