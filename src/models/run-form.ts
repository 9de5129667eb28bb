import type { Literal, Problem } from './literal';
import { readLiteral, readLiterals } from './literal';
import { Observable } from './observable';
import type { NotebookParameter, ReproduceRequest } from '../api/types';

/** Runs that one grid may have; the server refuses more. */
export const MOST_RUNS = 200;
/** Kernels at a time, at most. */
export const MOST_PARALLEL = 8;

/** What was typed for one parameter. */
export interface IField {
  parameter: NotebookParameter;
  text: string;
  /** The values, when the text is not as it was and can be read. */
  values: readonly Literal[] | null;
  problem: Problem | null;
  /** Whether a value is of another type than the notebook's. */
  otherType: boolean;
}

/** Other values for the parameters of a notebook: one of each, or several to be combined. */
export class RunForm extends Observable {
  constructor(options: RunForm.IOptions) {
    super();
    this.grid = options.grid;
    this._fields = options.parameters.map(parameter => ({
      parameter,
      text: parameter.text,
      values: null,
      problem: null,
      otherType: false
    }));
  }

  /** Whether several values may be given, to run every combination. */
  readonly grid: boolean;

  get fields(): readonly IField[] {
    return this._fields;
  }

  /** Kernels at a time. */
  get parallel(): number {
    return this._parallel;
  }

  /** Whether the executions are repeated in their order. */
  get asItRan(): boolean {
    return this._asItRan;
  }

  /** How many runs it would be. */
  get count(): number {
    return this._fields.reduce(
      (count, field) => count * (field.values?.length ?? 1),
      1
    );
  }

  /** Whether something is changed and everything can be read. */
  get complete(): boolean {
    return (
      this._fields.every(field => !field.problem) &&
      this._fields.some(field => field.values !== null) &&
      this.count <= MOST_RUNS
    );
  }

  /** What the server is asked for. */
  get request(): ReproduceRequest {
    const parameters: Record<string, Literal> = {};
    const grid: Record<string, Literal[]> = {};
    for (const { parameter, values } of this._fields) {
      if (values && values.length > 1) {
        grid[parameter.name] = [...values];
      } else if (values) {
        parameters[parameter.name] = values[0];
      }
    }
    return {
      parameters,
      ...(Object.keys(grid).length ? { grid, parallel: this._parallel } : {}),
      ...(this._asItRan ? { as_it_ran: true } : {})
    };
  }

  /** Take what is typed for the parameter at a place. */
  type(place: number, text: string): void {
    const { parameter } = this._fields[place];
    this._fields = this._fields.map((field, index) =>
      index === place ? readField(parameter, text, this.grid) : field
    );
    this.notify();
  }

  setParallel(count: number): void {
    this._parallel = Math.min(MOST_PARALLEL, Math.max(1, Math.round(count)));
    this.notify();
  }

  setAsItRan(on: boolean): void {
    this._asItRan = on;
    this.notify();
  }

  private _fields: readonly IField[];
  private _parallel = 2;
  private _asItRan = false;
}

export namespace RunForm {
  export interface IOptions {
    parameters: readonly NotebookParameter[];
    grid: boolean;
  }
}

/** What was typed for a parameter, read; of a grid's several values none is there twice. */
function readField(
  parameter: NotebookParameter,
  text: string,
  grid: boolean
): IField {
  const same = { parameter, text, values: null, problem: null };
  if (text.trim() === parameter.text.trim()) {
    return { ...same, otherType: false };
  }
  const read = grid ? readSeveral(parameter, text) : readOne(parameter, text);
  if ('problem' in read) {
    return { ...same, problem: read.problem, otherType: false };
  }
  const values = [
    ...new Map(read.values.map(each => [JSON.stringify(each), each])).values()
  ];
  if (!values.length) {
    return { ...same, problem: 'empty', otherType: false };
  }
  const otherType = values.some(value => !fits(parameter.kind, value));
  return { ...same, values, otherType };
}

type Values = { values: Literal[] } | { problem: Problem };

function readOne(parameter: NotebookParameter, text: string): Values {
  if (parameter.kind === 'text') {
    return { values: [text] };
  }
  const read = readLiteral(text);
  return 'problem' in read ? read : { values: [read.value] };
}

function readSeveral(parameter: NotebookParameter, text: string): Values {
  const read = readLiterals(text);
  if (read.value) {
    return { values: read.value };
  }
  if (parameter.kind === 'text' && text.trim()) {
    // Words need no quotes where words are expected.
    const words = text.split(',').map(word => word.trim());
    return { values: words.filter(word => word) };
  }
  return { problem: 'problem' in read ? read.problem : 'no-literal' };
}

/** Whether a value is of a kind of parameter. */
function fits(kind: NotebookParameter['kind'], value: Literal): boolean {
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'list':
    case 'tuple':
      return Array.isArray(value);
    case 'mapping':
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value)
      );
    case 'none':
      return true;
  }
}
