/**
 * Runs a task so that it never overlaps itself: calls made while it runs
 * become one further run, whose promise all of them share.
 */
export class Sequence {
  constructor(private readonly _task: () => Promise<void>) {}

  /** Run the task, after the present run if there is one. */
  run(): Promise<void> {
    if (!this._current) {
      this._current = this._start();
      return this._current;
    }
    const follow = () => this._follow();
    this._next ??= this._current.then(follow, follow);
    return this._next;
  }

  private async _start(): Promise<void> {
    try {
      await this._task();
    } finally {
      this._current = null;
    }
  }

  private _follow(): Promise<void> {
    this._next = null;
    this._current = this._start();
    return this._current;
  }

  private _current: Promise<void> | null = null;
  private _next: Promise<void> | null = null;
}
