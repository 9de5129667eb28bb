import type { Client } from '../../api/client';
import type { QueueItem, Remote } from '../../api/types';
import { ConnectForm } from '../connect-form';
import type { Live } from '../live';
import { QueueModel, findingsOf, messageOf } from '../queue';
import { SyncModel } from '../sync';

const REMOTE: Remote = {
  name: 'default',
  url: 'https://gitlab.example.com',
  project: 'group/demo',
  connected: true,
  paused: false
};

const item = (id: string, more: Partial<QueueItem> = {}): QueueItem => ({
  remote: 'default',
  kind: 'candidate',
  id,
  name: `candidate ${id}`,
  state: 'held',
  queued_time: 0,
  ...more
});

const DRY_RUN = {
  candidates: 2,
  versions: 0,
  files: 3,
  bytes: 10,
  held: 0,
  findings: []
};

/** Promises that are settled already have had their turn. */
const settled = () => new Promise(resolve => setTimeout(resolve));

function setUp(remotes: Remote[] = [REMOTE]) {
  const client = {
    getStatus: jest.fn(async () => null),
    getQueue: jest.fn(async () => [
      item('a'),
      item('b', { state: 'synced' }),
      item('c', { remote: 'other' })
    ]),
    listRemotes: jest.fn(async () => ({
      remotes,
      proposal: {
        url: REMOTE.url,
        project: REMOTE.project,
        token_from: null,
        token_page: null
      }
    })),
    checkRemote: jest.fn(async () => ({ ok: true, problems: [] })),
    connectRemote: jest.fn(async () => REMOTE),
    disconnectRemote: jest.fn(async () => undefined),
    syncNow: jest.fn(async () => null),
    controlQueue: jest.fn(async (action: string) =>
      action === 'dry-run' ? DRY_RUN : {}
    )
  };
  let listener: (changes: unknown) => void = () => undefined;
  const live = {
    changed: {
      connect: (
        slot: (sender: unknown, args: unknown) => void,
        it: unknown
      ) => {
        const before = listener;
        listener = changes => {
          before(changes);
          slot.call(it, null, changes);
        };
      },
      disconnect: () => undefined
    }
  };
  const sync = new SyncModel({
    client: client as unknown as Client,
    live: live as unknown as Live
  });
  const watch = () => new QueueModel(sync, live as unknown as Live);
  const tell = (...kinds: string[]) =>
    listener({ all: false, kinds: new Set(kinds), ids: new Set() });
  return { client, sync, watch, tell };
}

describe('QueueModel', () => {
  it('lists what is not there yet, by remote', async () => {
    const { watch } = setUp();
    const queue = watch();
    expect(queue.items).toBeNull();
    await settled();
    expect(queue.itemsOf('default').map(({ id }) => id)).toEqual(['a']);
    expect(queue.itemsOf('other').map(({ id }) => id)).toEqual(['c']);
    expect(queue.remotes).toEqual([REMOTE]);
  });

  it('asks for the remotes only when one of them changed', async () => {
    const { client, watch, tell } = setUp();
    watch();
    await settled();
    tell('outbox');
    await settled();
    expect(client.getQueue).toHaveBeenCalledTimes(2);
    expect(client.listRemotes).toHaveBeenCalledTimes(1);
    tell('remote');
    await settled();
    expect(client.listRemotes).toHaveBeenCalledTimes(2);
  });

  it('shows no dry run that a decision has made old', async () => {
    const { client, watch } = setUp();
    const queue = watch();
    await queue.look('default');
    expect(queue.dryRun('default')).toEqual(DRY_RUN);
    await queue.decide(item('a'), 'redact');
    expect(client.controlQueue).toHaveBeenLastCalledWith('redact', {
      remote: 'default',
      kind: 'candidate',
      id: 'a'
    });
    expect(queue.dryRun('default')).toBeNull();
  });

  it('tells what went wrong and goes on', async () => {
    const { client, watch } = setUp();
    const queue = watch();
    client.controlQueue.mockRejectedValueOnce(new Error('no'));
    await queue.pause(REMOTE);
    expect(queue.problem?.message).toBe('no');
    await queue.pause({ ...REMOTE, paused: true });
    expect(queue.problem).toBeNull();
    expect(client.controlQueue).toHaveBeenLastCalledWith('resume', {
      remote: 'default'
    });
  });

  it('reads reasons and findings of any form', () => {
    const findings = [{ rule: 'r', where: 'w', masked: 'm' }];
    expect(messageOf(item('a'))).toBeNull();
    expect(messageOf(item('a', { error: { message: 'why' } }))).toBe('why');
    expect(findingsOf(item('a', { error: { findings } }))).toEqual(findings);
    expect(findingsOf(item('a', { error: { findings: 1 } }))).toEqual([]);
  });
});

describe('ConnectForm', () => {
  it('makes the first connection without asking for a name', async () => {
    const { client, sync } = setUp([]);
    const form = new ConnectForm(sync);
    await settled();
    expect(form.needsName).toBe(false);
    expect(await form.submit()).toBe(true);
    expect(client.connectRemote).toHaveBeenCalledWith({
      name: 'default',
      url: REMOTE.url,
      project: REMOTE.project
    });
  });

  it('wants a name of its own for another project', async () => {
    const { client, sync } = setUp();
    const form = new ConnectForm(sync);
    await settled();
    expect([form.needsName, form.name, form.project]).toEqual([true, '', '']);
    form.set({ project: 'group/production', name: 'default' });
    expect(form.nameTaken).toBe(true);
    expect(await form.submit()).toBe(false);
    expect(client.checkRemote).not.toHaveBeenCalled();
    form.set({ name: 'production' });
    expect(await form.submit()).toBe(true);
  });

  it('says what would be pushed once the connection works', async () => {
    const { sync } = setUp([]);
    const form = new ConnectForm(sync);
    await settled();
    expect(await form.verify()).toBe(true);
    expect(form.dryRun).toEqual(DRY_RUN);
    form.set({ project: 'other' });
    expect(form.dryRun).toBeNull();
  });

  it('gives a connection another token under its own name', async () => {
    const { client, sync } = setUp();
    const form = new ConnectForm(sync, REMOTE);
    await settled();
    form.set({ token: 'glpat-new' });
    expect(await form.submit()).toBe(true);
    expect(client.connectRemote).toHaveBeenCalledWith({
      name: 'default',
      url: REMOTE.url,
      project: REMOTE.project,
      token: 'glpat-new'
    });
  });
});
