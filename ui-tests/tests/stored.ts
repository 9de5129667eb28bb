/** A store with candidates as a person would have after a week: what `fill_store.py` writes. */
import type { APIRequestContext } from '@playwright/test';
import { execFileSync } from 'child_process';
import * as path from 'path';

/** Fill the store of the running server, once, and return the ids of its candidates in order. */
export async function storedCandidates(
  request: APIRequestContext
): Promise<string[]> {
  const answer = await request.get('/mlops/api/status');
  const { data_dir } = (await answer.json()) as { data_dir: string };
  const printed = execFileSync('python', ['fill_store.py', data_dir], {
    cwd: path.resolve(__dirname, '..'),
    encoding: 'utf-8'
  });
  return (JSON.parse(printed) as { digits: string[] }).digits;
}
