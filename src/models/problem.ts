import { RequestError } from '../api/request';

/** Why something could not be shown or done. */
export interface IProblem {
  /**
   * `missing`: the server has not loaded our extension; `unreachable`: no
   * answer; else the server's error code.
   */
  code: string;
  message: string;
  /** Where in a filter the error is, in characters from 0. */
  position?: number;
  details: Record<string, unknown>;
}

/** Any rejection as a problem. */
export function problemOf(reason: unknown): IProblem {
  if (reason instanceof RequestError) {
    const { code, message, details } = reason;
    const position =
      typeof details.position === 'number' ? details.position : undefined;
    return { code, message, details, position };
  }
  return {
    code: 'unexpected',
    message: reason instanceof Error ? reason.message : String(reason),
    details: {}
  };
}
