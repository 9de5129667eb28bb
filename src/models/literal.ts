/** Python literals as people type them: pure. */

/** A value that JSON can carry; tuples are lists. */
export type Literal =
  null | boolean | number | string | Literal[] | { [key: string]: Literal };

/** What a text was read as, or why it is no literal. */
export type Read = { value: Literal } | { problem: Problem };

/** Why a text is no literal. */
export type Problem =
  'empty' | 'word' | 'unfinished' | 'inexact' | 'no-literal';

const CONSTANTS: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['None', null],
  ['null', null],
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false]
]);
const NUMBER =
  /^[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/;
const WORD = /^[\p{L}_][\p{L}\p{N}_.]*/u;
const CLOSING: Readonly<Record<string, string>> = {
  '[': ']',
  '(': ')',
  '{': '}'
};
/** Escapes of a text; a backslash before anything else stays. */
const ESCAPE = /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([\s\S]))/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  '\n': '',
  '\\': '\\',
  '"': '"',
  "'": "'"
};

/** Read a whole text as one literal. */
export function readLiteral(text: string): Read {
  return guard(() => {
    const reader = new Reader(text);
    const value = reader.value();
    reader.end();
    return value;
  });
}

/** Read `1, 2, 'a'` as several literals. */
export function readLiterals(text: string): Read & { value?: Literal[] } {
  const read = guard(() => {
    const reader = new Reader(text);
    const values = reader.items('');
    reader.end();
    return values;
  });
  return read as Read & { value?: Literal[] };
}

class LiteralError extends Error {
  constructor(readonly problem: Problem) {
    super(problem);
  }
}

function guard(read: () => Literal): Read {
  try {
    return { value: read() };
  } catch (reason) {
    if (reason instanceof LiteralError) {
      return { problem: reason.problem };
    }
    throw reason;
  }
}

class Reader {
  constructor(text: string) {
    this._rest = text.trimStart();
    if (!this._rest) {
      throw new LiteralError('empty');
    }
  }

  end(): void {
    if (this._rest) {
      throw new LiteralError('no-literal');
    }
  }

  value(): Literal {
    const first = this._rest[0];
    if (first === undefined) {
      throw new LiteralError('unfinished');
    }
    if (first === '"' || first === "'") {
      return this._text(first);
    }
    if (first === '[') {
      this._take(1);
      return this.items(']');
    }
    if (first === '(') {
      return this._tuple();
    }
    if (first === '{') {
      return this._mapping();
    }
    const number = NUMBER.exec(this._rest);
    if (number) {
      return this._number(number[0]);
    }
    const word = WORD.exec(this._rest);
    if (word) {
      const constant = CONSTANTS.get(word[0]);
      if (constant === undefined) {
        throw new LiteralError('word');
      }
      this._take(word[0].length);
      return constant;
    }
    throw new LiteralError('no-literal');
  }

  /** Values with commas between them, up to a closing sign ('': the end). */
  items(closing: string): Literal[] {
    const values: Literal[] = [];
    while (!this._closed(closing)) {
      values.push(this.value());
      if (!this._skip(',')) {
        if (!this._closed(closing)) {
          throw new LiteralError(closing ? 'unfinished' : 'no-literal');
        }
        break;
      }
    }
    this._take(closing.length);
    return values;
  }

  private _closed(closing: string): boolean {
    if (!this._rest && closing) {
      throw new LiteralError('unfinished');
    }
    return closing ? this._rest.startsWith(closing) : !this._rest;
  }

  /** `(1)` is one in brackets, `(1,)` a tuple. */
  private _tuple(): Literal {
    this._take(1);
    if (this._skip(')')) {
      return [];
    }
    const first = this.value();
    if (this._skip(')')) {
      return first;
    }
    if (!this._skip(',')) {
      throw new LiteralError('unfinished');
    }
    return [first, ...this.items(CLOSING['('])];
  }

  private _mapping(): Literal {
    this._take(1);
    const found: { [key: string]: Literal } = {};
    while (!this._closed('}')) {
      const key = this.value();
      if (typeof key !== 'string' || !this._skip(':')) {
        throw new LiteralError('no-literal');
      }
      found[key] = this.value();
      if (!this._skip(',') && !this._closed('}')) {
        throw new LiteralError('unfinished');
      }
    }
    this._take(1);
    return found;
  }

  private _number(text: string): number {
    this._take(text.length);
    if (/^[\p{L}_]/u.test(this._rest)) {
      throw new LiteralError('no-literal');
    }
    const value = Number(text.replace(/_/g, ''));
    const whole = /^[+-]?[\d_]+$/.test(text);
    if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
      throw new LiteralError('inexact');
    }
    return value;
  }

  private _text(quote: string): string {
    let text = '';
    for (let place = 1; place < this._rest.length; place += 1) {
      const sign = this._rest[place];
      if (sign === quote) {
        this._take(place + 1);
        return text;
      }
      const escape = ESCAPE.exec(this._rest.slice(place, place + 6));
      if (escape) {
        const [all, byte, unit, plain] = escape;
        text += plain
          ? (ESCAPES[plain] ?? all)
          : String.fromCharCode(parseInt(byte ?? unit, 16));
        place += all.length - 1;
      } else {
        text += sign;
      }
    }
    throw new LiteralError('unfinished');
  }

  private _skip(sign: string): boolean {
    if (!this._rest.startsWith(sign)) {
      return false;
    }
    this._take(sign.length);
    return true;
  }

  private _take(count: number): void {
    this._rest = this._rest.slice(count).trimStart();
  }

  private _rest: string;
}
