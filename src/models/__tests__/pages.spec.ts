import { candidate, settle } from './fixtures';
import type { CandidatePage, CandidateQuery } from '../../api/types';
import { Pages } from '../pages';

/** A server of `count` candidates, its answers held back where wanted, and what it was asked. */
function setUp(count: number, longest = 20_000) {
  const asked: CandidateQuery[] = [];
  const held: (() => void)[] = [];
  const server = { hold: false, count };
  const ids = () => Array.from({ length: server.count }, (_, at) => `c${at}`);
  const answer = (query: CandidateQuery): CandidatePage => {
    const sorted = query.order_by ? ids().reverse() : ids();
    const all = query.filter
      ? sorted.filter(id => id.endsWith(query.filter as string))
      : sorted;
    const from = query.offset ?? 0;
    return {
      candidates: all
        .slice(from, from + (query.limit ?? 100))
        .map(id => candidate(id)),
      next_page_token: null,
      total: all.length,
      directions: {},
      order: query.order && all.length <= longest ? all : undefined
    };
  };
  const pages = new Pages(
    async query => {
      asked.push(query);
      if (server.hold) {
        await new Promise<void>(resolve => held.push(resolve));
      }
      return answer(query);
    },
    () => undefined
  );
  const shown = (from: number, to: number) =>
    pages.rows.slice(from, to).map(row => row?.id);
  return { pages, asked, held, server, shown };
}

const TOP = { first: 0, last: 30 };
const soon = () => Promise.resolve();

describe('Pages', () => {
  it('shows rows that have come where another order puts them', async () => {
    const { pages, asked, shown } = setUp(1000);
    await pages.load({}, TOP);
    await pages.fill(soon);
    asked.length = 0;
    await pages.load({ order_by: 'x' }, TOP);
    expect(asked).toMatchObject([{ offset: 0, limit: 100, order: true }]);
    expect(shown(0, 2)).toEqual(['c999', 'c998']);
    expect(shown(800, 802)).toEqual(['c199', 'c198']);
    expect(pages.loaded).toHaveLength(1000);
  });

  it('shows again what a filter had taken away', async () => {
    const { pages, shown } = setUp(1000);
    await pages.load({}, TOP);
    await pages.fill(soon);
    await pages.load({ filter: '7' }, TOP);
    expect(pages.rows).toHaveLength(100);
    await pages.load({}, TOP);
    expect(shown(900, 901)).toEqual(['c900']);
  });

  it('knows nothing of rows with other values', async () => {
    const { pages, asked, shown } = setUp(300);
    await pages.load({ metrics: ['f1'] }, TOP);
    await pages.fill(soon);
    await pages.load({ metrics: ['f1', 'loss'] }, TOP);
    expect(asked[asked.length - 1].order).toBeUndefined();
    expect(shown(200, 201)).toEqual([undefined]);
  });

  it('leaves holes where a list is too long to be told as a whole', async () => {
    const { pages, shown } = setUp(1000, 500);
    await pages.load({}, TOP);
    await pages.fill(soon);
    await pages.load({ order_by: 'x' }, TOP);
    expect(shown(99, 101)).toEqual(['c900', undefined]);
  });

  it('asks for what is in sight before it goes on with the rest', async () => {
    const { pages, asked, held, server } = setUp(5000);
    await pages.load({}, TOP);
    server.hold = true;
    const wanted = pages.ensure({ first: 4000, last: 4030 });
    let pauses = 0;
    const filled = pages.fill(async () => {
      pauses += 1;
      if (pauses === 3) {
        server.hold = false;
        held.forEach(go => go());
        await settle();
      }
    });
    await wanted;
    expect(asked.map(query => query.offset)).toEqual([0, 4000]);
    await filled;
    expect(pages.loaded).toHaveLength(5000);
  });

  it('is ahead of who scrolls only so far, and loads all where all are wanted', async () => {
    const { pages } = setUp(21_000);
    await pages.load({}, TOP);
    await pages.fill(soon);
    expect(pages.loaded).toHaveLength(20_100);
    await pages.fill(soon, { all: true });
    expect(pages.loaded).toHaveLength(21_000);
  });

  it('ignores the answer to an older question', async () => {
    const { pages, held, server, shown } = setUp(10);
    server.hold = true;
    const older = pages.load({}, TOP);
    const newer = pages.load({ order_by: 'x' }, TOP);
    await settle();
    held[1]();
    await newer;
    held[0]();
    await older;
    expect(shown(0, 1)).toEqual(['c9']);
  });

  it('keeps what was changed in place through another order', async () => {
    const { pages } = setUp(300);
    await pages.load({}, TOP);
    await pages.fill(soon);
    pages.patch(row => (row.id === 'c50' ? { ...row, starred: true } : row));
    await pages.load({ order_by: 'x' }, TOP);
    expect(pages.rows[249]).toMatchObject({ id: 'c50', starred: true });
  });
});
