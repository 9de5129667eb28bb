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

/**
 * A refused filter as a problem: `shift` characters stand before what the
 * person typed, and what they typed is not repeated.
 */
export function filterProblemOf(reason: unknown, shift: number): IProblem {
  const problem = problemOf(reason);
  const message = problem.message
    .replace(/^Invalid filter '.*': /s, '')
    .replace(/\s*\(at character \d+\)\.?$/, '.')
    .replace(/^./, first => first.toUpperCase());
  const position =
    problem.position === undefined
      ? undefined
      : Math.max(0, problem.position - shift);
  return { ...problem, message, position };
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
