import { ServerConnection } from '@jupyterlab/services';

import { apiUrl, request } from '../request';

function server(answer: () => Promise<Response>): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    baseUrl: 'http://host/user/a%40b/',
    fetch: answer as typeof fetch
  });
}

const reply = (status: number, body: unknown, type = 'application/json') =>
  server(
    async () =>
      ({
        ok: status < 400,
        status,
        statusText: 'Text',
        headers: new Headers({ 'content-type': type }),
        text: async () =>
          typeof body === 'string' ? body : JSON.stringify(body)
      }) as Response
  );

describe('apiUrl', () => {
  const settings = server(async () => {
    throw new Error('not asked');
  });

  it('encodes each part once and leaves out what is empty', () => {
    expect(
      apiUrl(settings, ['candidates', 'a b', 'artifacts', 'figures/ü 1.png'], {
        filter: "name = 'x & y'",
        ids: ['a', 'b'],
        none: undefined,
        empty: ''
      })
    ).toBe(
      'http://host/user/a%40b/mlops/api/candidates/a%20b/artifacts/figures/%C3%BC%201.png?filter=name+%3D+%27x+%26+y%27&ids=a%2Cb'
    );
  });
});

describe('request', () => {
  it('gives the JSON', async () => {
    await expect(
      request(reply(200, { a: 1 }), 'GET', 'http://host/user/a%40b/x')
    ).resolves.toEqual({ a: 1 });
  });

  it.each([
    [
      'a refusal of ours',
      reply(409, { error: { code: 'conflict', message: 'busy', details: {} } }),
      { code: 'conflict', message: 'busy', status: 409 }
    ],
    [
      'a server without our extension',
      reply(404, '<html></html>', 'text/html'),
      { code: 'missing', status: 404 }
    ],
    [
      'no answer',
      server(async () => {
        throw new TypeError('Failed to fetch');
      }),
      { code: 'unreachable', status: 0 }
    ]
  ])('tells of %s', async (_, settings, error) => {
    await expect(
      request(settings, 'GET', 'http://host/user/a%40b/x')
    ).rejects.toMatchObject(error);
  });
});
