import { optionError } from '@mainstay/kernel';
import pg from 'pg';
import { valueTypes } from './value-types.ts';

/** One statement of an {@link Exchange}. */
export interface ExchangeStatement {
  readonly text: string;
  /** Absent: the statement goes by the simple protocol when it is alone, and may then be several in one text. */
  readonly values?: readonly unknown[] | undefined;
  /** Keeps the plan on the connection under this name. */
  readonly prepareAs?: string | undefined;
  /** Has no rows, so none are asked for: `BEGIN`, `COMMIT`. */
  readonly isSilent?: boolean;
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
  readonly stream: { cork(): void; uncork(): void };
  query(text: string): void;
  parse(message: { text: string; name: string | undefined }): void;
  bind(message: { statement: string | undefined; values: unknown[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: object): void;
  close(message: { type: 'S'; name: string }): void;
  sync(): void;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format?: 'text' | 'binary';
}

// The types do not tell of the driver's own way to write values.
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): unknown } };

const preparedOf = new WeakMap<object, Map<string, Prepared>>();

/**
 * Statements that go to the server in one write and are answered in one read: all of them, or all up to the first that fails, which ends the rest.
 *
 * The driver takes it for a query of its own (it calls `submit` and the handlers). Of a prepared statement that was described before nothing
 * is asked but its rows.
 */
export class Exchange {
  /** The driver wraps it for its time-out. */
  callback: (error: Error | null, answers?: readonly ExchangeAnswer[]) => void;
  readonly query_timeout: number;
  readonly #statements: readonly ExchangeStatement[];
  readonly #values: readonly (unknown[] | undefined)[];
  readonly #isSimple: boolean;
  readonly #answers: ExchangeAnswer[] = [];
  #prepared: Map<string, Prepared> = new Map();
  #rows: object[] = [];
  #shape: Shape | null | undefined;
  #unreadable: unknown;

  /** @param timeoutMs - limit on our side; 0 is none. */
  constructor(statements: readonly ExchangeStatement[], timeoutMs: number, callback: Exchange['callback']) {
    this.#statements = statements;
    this.#values = statements.map(({ values }) => values?.map((value) => utils.prepareValue(value)));
    const [only] = statements;
    this.#isSimple = statements.length === 1 && !only?.values?.length && only?.prepareAs === undefined;
    this.query_timeout = timeoutMs;
    this.callback = callback;
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
    wire.stream.cork();
    this.#statements.forEach((statement, at) => this.#send(wire, statement, this.#values[at] ?? []));
    wire.sync();
    wire.stream.uncork();
    this.#beginAnswer();
    return null;
  }

  #send(wire: Wire, { text, prepareAs, isSilent }: ExchangeStatement, values: unknown[]): void {
    const known = prepareAs === undefined ? undefined : this.#prepared.get(prepareAs);
    if (known === undefined) {
      // The name may be left from a statement that failed after it was parsed; closing one that is not there is no error.
      if (prepareAs !== undefined) wire.close({ type: 'S', name: prepareAs });
      wire.parse({ text, name: prepareAs });
    }
    wire.bind({ statement: prepareAs, values });
    if (isSilent !== true && known?.shape === undefined) wire.describe({ type: 'P', name: '' });
    wire.execute({});
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
    this.#answers.push({ rows: this.#rows, rowCount, command });
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

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    if (this.#unreadable === undefined) this.callback(null, this.#answers);
    else this.callback(this.#unreadable as Error);
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(wire: { sendCopyFail(message: string): void }): void {
    wire.sendCopyFail('no data to copy');
  }

  handleCopyData(): void {}
}

function preparedOn(wire: object): Map<string, Prepared> {
  let prepared = preparedOf.get(wire);
  if (prepared === undefined) {
    prepared = new Map();
    preparedOf.set(wire, prepared);
  }
  return prepared;
}
