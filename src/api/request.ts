import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** Where the panel's API hangs below the server's base URL. */
const API = 'mlops/api';

/**
 * Why a request failed, in words for a person. `code` is the server's error
 * code, `unreachable` when no answer came, or `missing` when the server has
 * not loaded our extension.
 */
export class RequestError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
    readonly details: Record<string, unknown> = {}
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

/** Values of a query string; what is undefined, null or an empty text is left out, an empty list is sent. */
export type Query = Record<
  string,
  string | number | boolean | string[] | null | undefined
>;

/** The address of an endpoint, each path segment encoded once. */
export function apiUrl(
  settings: ServerConnection.ISettings,
  path: readonly string[],
  query: Query = {}
): string {
  const encoded = path
    .flatMap(part => part.split('/'))
    .map(encodeURIComponent)
    .join('/');
  const url = URLExt.join(settings.baseUrl, API, encoded);
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) {
      search.set(name, value.map(escaped).join(','));
    } else if (value !== undefined && value !== null && value !== '') {
      search.set(name, String(value));
    }
  }
  const tail = search.toString();
  return tail ? `${url}?${tail}` : url;
}

/** A member of a list: the server splits at commas, and takes these back. */
function escaped(member: string): string {
  return member.replace(/[%,]/g, encodeURIComponent);
}

/**
 * Ask the API and return its JSON (undefined for 204).
 *
 * @throws RequestError when there is no answer or the server refuses.
 */
export async function request<T>(
  settings: ServerConnection.ISettings,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown
): Promise<T> {
  const init: RequestInit =
    body === undefined ? { method } : { method, body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
  } catch (reason) {
    throw new RequestError(
      'unreachable',
      reason instanceof Error ? reason.message : String(reason)
    );
  }
  const text = await response.text();
  const data = parse(text);
  if (!response.ok) {
    throw refusal(response, data);
  }
  return data as T;
}

function parse(text: string): unknown {
  if (!text) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a refused request says; another server's 404 means that ours is missing. */
function refusal(response: Response, data: unknown): RequestError {
  const error = (data as { error?: Record<string, unknown> } | undefined)
    ?.error;
  if (error && typeof error === 'object') {
    return new RequestError(
      String(error.code),
      String(error.message),
      response.status,
      (error.details as Record<string, unknown>) ?? {}
    );
  }
  if (response.status === 404) {
    return new RequestError('missing', response.statusText, 404);
  }
  const message = (data as { message?: string } | undefined)?.message;
  return new RequestError(
    'server',
    message || `${response.status} ${response.statusText}`,
    response.status
  );
}
