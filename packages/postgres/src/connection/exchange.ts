import { type Alarm, optionError } from '@mainstay/kernel';
import pg from 'pg';
import { noAnswer } from '../sql-error.ts';
import { Outgoing } from './outgoing.ts';
import { valueTypes } from './value-types.ts';

/** One statement of an {@link Exchange}. */
export interface ExchangeStatement {
  readonly text: string;
  /** Absent: the statement goes by the simple protocol when it is alone, and may then be several in one text. */
  readonly values?: readonly unknown[] | undefined;
  /** Keeps the plan on the connection under this name. */
  readonly prepareAs?: string | undefined;
  /** Has no values and no rows, and always the same text, so its bytes are kept: `BEGIN`, `COMMIT`. */
  readonly isSilent?: boolean;
  /** What a `COPY … FROM STDIN` reads; the text then has no values and stands alone. */
  readonly copyIn?: Uint8Array | undefined;
  /** Hears the answer to this statement when it comes, also when a later one fails. */
  readonly onAnswer?: ((answer: ExchangeAnswer) => void) | undefined;
}

/** What the server said to one statement. */
export interface ExchangeAnswer {
  readonly rows: object[];
  rowCount: number;
  command: string;
}

/** How a row becomes an object. */
interface Shape {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
}

/** What a connection keeps under a name; `shape` is undefined until the server has described it, null for no rows. */
interface Prepared {
  readonly text: string;
  shape: Shape | null | undefined;
}

/** The parts of the driver's connection that an exchange speaks through. */
interface Wire {
  readonly stream: { readonly writable: boolean; write(bytes: Uint8Array): void };
  query(text: string): void;
}

interface CopyWire {
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format?: 'text' | 'binary';
}

// The types do not tell of the driver's own way to write values.
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): unknown } };

const preparedOf = new WeakMap<object, Map<string, Prepared>>();

/** Called once, with an error or with the answers. */
export type OnAnswers = (error: unknown, answers: readonly ExchangeAnswer[]) => void;

/**
 * Statements that go to the server in one write and are answered in one read: all of them, or all up to the first that fails, which ends the rest.
 *
 * The driver takes it for a query of its own (it calls `submit` and the handlers). Of a prepared statement that was described before nothing
 * is asked but its rows. As an alarm it is what ends the wait for a server that no longer answers.
 */
export class Exchange implements Alarm {
  readonly dueAtMs: number;
  place = -1;
  readonly #statements: readonly ExchangeStatement[];
  readonly #values: readonly (unknown[] | undefined)[];
  readonly #isSimple: boolean;
  readonly #onAnswers: OnAnswers;
  readonly #answers: ExchangeAnswer[] = [];
  #hasEnded = false;
  #prepared: Map<string, Prepared> = new Map();
  #rows: object[] = [];
  #shape: Shape | null | undefined;
  #unreadable: unknown;

  /** @param dueAtMs - when the wait for the answer ends, by the clock of the alarms that it is set on. */
  constructor(statements: readonly ExchangeStatement[], dueAtMs: number, onAnswers: OnAnswers) {
    this.#statements = statements;
    this.#values = statements.map(({ values }) => values?.map((value) => utils.prepareValue(value)));
    const [only] = statements;
    this.#isSimple = statements.length === 1 && !only?.values?.length && only?.prepareAs === undefined;
    this.dueAtMs = dueAtMs;
    this.#onAnswers = onAnswers;
  }

  onDue(): void {
    this.#end(noAnswer());
  }

  submit(wire: Wire): Error | null {
    this.#prepared = preparedOn(wire);
    if (this.#isSimple) {
      wire.query(this.#statements[0]!.text);
      return null;
    }
    const twice = this.#statements.find(
      ({ text, prepareAs }) => prepareAs !== undefined && (this.#prepared.get(prepareAs)?.text ?? text) !== text,
    );
    if (twice !== undefined) return optionError('prepareAs', 'the name of one text', twice.prepareAs);
    const outgoing = new Outgoing();
    for (let i = 0; i < this.#statements.length; i++) {
      const statement = this.#statements[i]!;
      if (statement.isSilent === true) outgoing.add(silentMessages(statement.text));
      else this.#write(outgoing, statement, this.#values[i] ?? []);
    }
    outgoing.sync();
    if (wire.stream.writable) wire.stream.write(outgoing.bytes());
    this.#beginAnswer();
    return null;
  }

  #write(outgoing: Outgoing, { text, prepareAs }: ExchangeStatement, values: unknown[]): void {
    const known = prepareAs === undefined ? undefined : this.#prepared.get(prepareAs);
    if (known === undefined) {
      // The name may be left from a statement that failed after it was parsed; closing one that is not there is no error.
      if (prepareAs !== undefined) outgoing.close(prepareAs);
      outgoing.parse(prepareAs ?? '', text);
    }
    outgoing.bind(prepareAs ?? '', values);
    if (known?.shape === undefined) outgoing.describe();
    outgoing.execute();
  }

  #beginAnswer(): void {
    const statement = this.#statements[this.#answers.length];
    const known = statement?.prepareAs === undefined ? undefined : this.#prepared.get(statement.prepareAs);
    this.#shape = known?.shape;
    this.#rows = [];
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#shape = {
      names: fields.map(({ name }) => name),
      parsers: fields.map(({ dataTypeID, format }) => valueTypes.getTypeParser(dataTypeID, format)),
    };
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#unreadable !== undefined || !this.#shape) return;
    const { names, parsers } = this.#shape;
    const row: Record<string, unknown> = {};
    try {
      for (let i = 0; i < names.length; i++) {
        const text = fields[i]!;
        row[names[i]!] = text === null ? null : parsers[i]!(text);
      }
      this.#rows.push(row);
    } catch (error) {
      this.#unreadable = error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const last = text.lastIndexOf(' ');
    const rowCount = last === -1 ? 0 : Number(text.slice(last + 1));
    const first = text.indexOf(' ');
    this.#answer(first === -1 ? text : text.slice(0, first), Number.isNaN(rowCount) ? 0 : rowCount);
  }

  handleEmptyQuery(): void {
    this.#answer('', 0);
  }

  #answer(command: string, rowCount: number): void {
    this.#keepShape();
    const answer = { rows: this.#rows, rowCount, command };
    if (!this.#isSimple) this.#statements[this.#answers.length]?.onAnswer?.(answer);
    this.#answers.push(answer);
    if (this.#isSimple) {
      this.#shape = undefined;
      this.#rows = [];
    } else {
      this.#beginAnswer();
    }
  }

  #keepShape(): void {
    if (this.#isSimple) return;
    const { prepareAs, text } = this.#statements[this.#answers.length]!;
    if (prepareAs !== undefined) this.#prepared.set(prepareAs, { text, shape: this.#shape ?? null });
  }

  handleError(error: unknown): void {
    this.#end(error);
  }

  handleReadyForQuery(): void {
    this.#end(this.#unreadable);
  }

  #end(error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onAnswers(error, this.#answers);
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(wire: CopyWire): void {
    const data = this.#isSimple ? this.#statements[0]?.copyIn : undefined;
    if (data === undefined) {
      wire.sendCopyFail('no data to copy');
      return;
    }
    wire.sendCopyFromChunk(data);
    wire.endCopyFrom();
  }

  handleCopyData(): void {}
}

/** A text of several statements, and one that takes data, goes by the simple protocol, alone. */
export function goesAlone({ text, values, copyIn }: ExchangeStatement): boolean {
  return copyIn !== undefined || ((values === undefined || values.length === 0) && text.includes(';'));
}

function preparedOn(wire: object): Map<string, Prepared> {
  let prepared = preparedOf.get(wire);
  if (prepared === undefined) {
    prepared = new Map();
    preparedOf.set(wire, prepared);
  }
  return prepared;
}

const silent = new Map<string, Buffer>();

function silentMessages(text: string): Buffer {
  let messages = silent.get(text);
  if (messages === undefined) {
    const outgoing = new Outgoing();
    outgoing.parse('', text);
    outgoing.bind('', []);
    outgoing.execute();
    messages = outgoing.bytes();
    silent.set(text, messages);
  }
  return messages;
}
