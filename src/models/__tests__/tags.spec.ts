import { candidate, eventStream, settle } from './fixtures';
import type { Client } from '../../api/client';
import { RequestError } from '../../api/request';
import type { CandidateDetail } from '../../api/types';
import { DetailModel } from '../detail';
import { Live } from '../live';
import { changeOf, faultOf, tagsOf } from '../tags';

const TAGS = {
  team: 'vision',
  purpose: '',
  'mlops.notebook': 'a.ipynb',
  'mlflow.note.content': 'worth another try'
};

describe('tags', () => {
  it('are those of a person and those of programs, without the notes', () => {
    expect(tagsOf({ tags: TAGS })).toEqual({
      own: [
        { name: 'purpose', value: '' },
        { name: 'team', value: 'vision' }
      ],
      reserved: [{ name: 'mlops.notebook', value: 'a.ipynb' }]
    });
  });

  it.each([
    ['', null, 'empty'],
    ['  ', 'team', 'empty'],
    ['mlops.notebook', null, 'reserved'],
    ['mlflow.user', null, 'reserved'],
    ['team', null, 'taken'],
    ['team', 'purpose', 'taken'],
    ['team', 'team', null],
    [' stage ', null, null]
  ])('%j in place of %j: %s', (name, before, fault) => {
    expect(faultOf({ name, value: 'x' }, before, TAGS)).toBe(fault);
  });

  it.each([
    ['a new one', ' stage ', 'final', null, { tags: { stage: 'final' } }],
    ['another value', 'team', 'audio', 'team', { tags: { team: 'audio' } }],
    [
      'another name',
      'group',
      'vision',
      'team',
      { tags: { group: 'vision' }, removed_tags: ['team'] }
    ],
    ['nothing', 'team', 'vision', 'team', null]
  ])('%s is what the server is asked for', (_, name, value, before, change) => {
    expect(changeOf({ name, value }, before, TAGS)).toEqual(change);
  });
});

describe('tags of the candidate in view', () => {
  function setUp(updateCandidate: Client['updateCandidate']) {
    const client = {
      getCandidate: async () => ({ ...candidate('c0'), tags: TAGS }),
      updateCandidate: jest.fn(updateCandidate)
    };
    const live = new Live({ events: eventStream().events, gather: 0 });
    const model = new DetailModel({
      client: client as unknown as Client,
      live,
      id: 'c0'
    });
    return { model, client };
  }

  it('are shown as the server has kept them', async () => {
    const kept = { ...candidate('c0'), tags: { team: 'audio' } };
    const { model, client } = setUp(
      async () => kept as unknown as CandidateDetail
    );
    await settle();
    const change = { tags: { team: 'audio' }, removed_tags: ['purpose'] };
    expect(await model.changeTags(change)).toBeNull();
    expect(client.updateCandidate).toHaveBeenCalledWith('c0', change);
    expect(model.candidate?.tags).toEqual({ team: 'audio' });
    model.dispose();
  });

  it('stay as they were when they are refused, with the reason', async () => {
    const { model } = setUp(async () => {
      throw new RequestError('conflict', 'it came from gitlab');
    });
    await settle();
    const problem = await model.changeTags({ tags: { team: 'audio' } });
    expect(problem?.message).toBe('it came from gitlab');
    expect(model.candidate?.tags).toEqual(TAGS);
    expect(model.changeProblem).toBeNull();
    model.dispose();
  });
});
