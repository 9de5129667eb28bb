/** How charts fill the width there is: pure. */

/** The least width of a card, in pixels. */
const CARD = 380;
/** Heights of drawings in pixels: the least that reads well, and the most that helps. */
const CURVE = { least: 220, most: 440, ofWidth: 0.375 };
const RELATION = { least: 300, most: 520, ofWidth: 0.3 };
const PARALLEL = { least: 300, most: 560, ofWidth: 0.16 };

/** Cards in columns, and how high their drawings are. */
export interface ILayout {
  columns: number;
  /** Pixels. */
  height: number;
}

interface IHeights {
  least: number;
  most: number;
  /** The share of a card's width that its height is between these. */
  ofWidth: number;
}

function heightOf(width: number, { least, most, ofWidth }: IHeights): number {
  return Math.round(Math.min(most, Math.max(least, width * ofWidth)));
}

/** As many columns as have room, and no more than fill all rows alike. */
function layoutOf(width: number, count: number, heights: IHeights): ILayout {
  const most = Math.max(1, Math.floor(width / CARD));
  const rows = Math.max(1, Math.ceil(count / most));
  const columns = Math.max(1, Math.ceil(count / rows));
  return { columns, height: heightOf(width / columns, heights) };
}

/** The cards of curves in a width of pixels. */
export function curveLayout(width: number, count: number): ILayout {
  return layoutOf(width, count, CURVE);
}

/** The charts of candidates by their values, such as scatter and bars. */
export function relationLayout(width: number, count: number): ILayout {
  return layoutOf(width, count, RELATION);
}

/** How high parallel coordinates are in a width, both in pixels. */
export function parallelHeight(width: number): number {
  return heightOf(width, PARALLEL);
}

/** The style of an element whose children stand in equal columns. */
export function columnsOf(count: number): { gridTemplateColumns: string } {
  return { gridTemplateColumns: `repeat(${count}, minmax(0, 1fr))` };
}
