import { isFolded } from './list-query';
import type { IProblem } from './problem';
import { filterProblemOf, problemOf } from './problem';
import type { Chip } from './query';

/** Milliseconds after the last key before a search is sent. */
const TYPING = 150;

/** What narrows the list: words or an expression, chips, the bin; and what the server says of it. */
export class Filter {
  /**
   * @param _restart - called when another list is to be asked for.
   * @param _changed - called when the text is another, before the list is asked for.
   */
  constructor(
    private readonly _restart: () => void,
    private readonly _changed: () => void
  ) {}

  get text(): string {
    return this._text;
  }

  get chips(): ReadonlySet<Chip> {
    return this._chips;
  }

  /** Whether what was deleted is listed, and nothing else. */
  get bin(): boolean {
    return this._bin;
  }

  /** Why the text cannot be used, and the list is that of the text before; null: it can. */
  get problem(): IProblem | null {
    return this._problem;
  }

  /** Whether anything narrows the list. */
  get narrows(): boolean {
    return this._text.trim() !== '' || this._chips.size > 0;
  }

  /** Whether children are folded into their parents: not in the results of a search, nor in the bin. */
  get folds(): boolean {
    return !this._bin && isFolded(this._text, this._chips);
  }

  /** Another text; asked for when typing pauses. The old rows stay until an answer comes. */
  setText(text: string): void {
    this._text = text;
    this.stop();
    this._typing = window.setTimeout(this._restart, TYPING);
    this._changed();
  }

  toggleChip(chip: Chip): void {
    const chips = new Set(this._chips);
    if (!chips.delete(chip)) {
      chips.add(chip);
    }
    this._chips = chips;
    this._restart();
  }

  /** List the bin, or what is not in it. */
  setBin(on: boolean): void {
    if (on !== this._bin) {
      this._bin = on;
      this._restart();
    }
  }

  /** Drop the text and every chip. */
  clear(): void {
    this._text = '';
    this._chips = new Set();
    this._restart();
  }

  /** The server has answered the list of this filter. */
  accepted(): void {
    this._problem = null;
  }

  /**
   * The server has refused the list of this filter.
   *
   * @param sent - the expression it was asked for.
   * @returns whether it is the text's fault.
   */
  refused(reason: unknown, sent: string | undefined): boolean {
    const mine =
      problemOf(reason).code === 'invalid_value' && this._text.trim() !== '';
    if (mine) {
      this._problem = filterProblemOf(reason, sent?.startsWith('(') ? 1 : 0);
    }
    return mine;
  }

  /** Ask for nothing that was typed last. */
  stop(): void {
    window.clearTimeout(this._typing);
  }

  private _text = '';
  private _chips: Set<Chip> = new Set();
  private _bin = false;
  private _problem: IProblem | null = null;
  private _typing: number | undefined;
}
