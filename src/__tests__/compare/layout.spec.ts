import {
  curveLayout,
  parallelHeight,
  relationLayout
} from '../../views/compare/layout';

describe('curveLayout', () => {
  it.each([
    // A narrow tab: one below the other.
    [340, 4, { columns: 1, height: 220 }],
    [900, 4, { columns: 2, height: 220 }],
    // Three would have room, but four fill two rows alike.
    [1180, 4, { columns: 2, height: 221 }],
    [1180, 3, { columns: 3, height: 220 }],
    [1180, 5, { columns: 3, height: 220 }],
    [1180, 1, { columns: 1, height: 440 }],
    // A wide screen: no half-empty row, and higher drawings.
    [3480, 4, { columns: 4, height: 326 }],
    [3480, 24, { columns: 8, height: 220 }],
    // Before anything is measured, and with nothing to show.
    [0, 4, { columns: 1, height: 220 }],
    [1180, 0, { columns: 1, height: 440 }]
  ])('%d pixels, %d cards: %j', (width, count, layout) => {
    expect(curveLayout(width, count)).toEqual(layout);
  });
});

test('charts of values are higher, and as high as helps at most', () => {
  expect(relationLayout(900, 3)).toEqual({ columns: 2, height: 300 });
  expect(relationLayout(3480, 3)).toEqual({ columns: 3, height: 348 });
  expect(relationLayout(3480, 1)).toEqual({ columns: 1, height: 520 });
  expect(parallelHeight(900)).toBe(300);
  expect(parallelHeight(3480)).toBe(557);
});
