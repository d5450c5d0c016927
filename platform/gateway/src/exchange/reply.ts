import type { AnswerHead, AnswerWatcher, HttpAnswer } from '@mainstay/http1';
import type { GatewayRequest } from './gateway-request.ts';
import { apiFields } from './security-headers.ts';

/** What happens around an answer. */
export interface ReplyEvents {
  /** Sets the last headers. */
  onSend(reply: Reply): void;
  /** The answer has left as a whole, or the client went away before. */
  onClose(reply: Reply, isWhole: boolean): void;
}

/**
 * The answer to one request: status and headers are gathered and leave with the body in one write.
 *
 * Names of headers are in lower case; each stands once.
 */
export class Reply implements AnswerHead, AnswerWatcher {
  readonly request: GatewayRequest;
  readonly answer: HttpAnswer;
  status = 200;
  /** Names and values in turn. */
  readonly fields: string[] = apiFields.slice();
  readonly #events: ReplyEvents;
  #isSent = false;
  #afterwards: (() => void) | undefined = undefined;

  constructor(request: GatewayRequest, answer: HttpAnswer, events: ReplyEvents) {
    this.request = request;
    this.answer = answer;
    this.#events = events;
    answer.watcher = this;
  }

  /** Whether the answer has left, or somebody else answers. */
  get sent(): boolean {
    return this.#isSent;
  }

  code(status: number): this {
    this.status = status;
    return this;
  }

  /** Sets a header, in place of one of its name. */
  header(name: string, value: string): this {
    const at = this.#find(name);
    if (at < 0) this.fields.push(name, value);
    else this.fields[at + 1] = value;
    return this;
  }

  headers(values: Readonly<Record<string, string>>): this {
    for (const name in values) this.header(name, values[name] as string);
    return this;
  }

  hasHeader(name: string): boolean {
    return this.#find(name) >= 0;
  }

  getHeader(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.fields[at + 1];
  }

  /** Leaves the answer to somebody who writes to the connection itself. */
  hijack(): void {
    this.#isSent = true;
  }

  /** Sends the answer; a second one is dropped. Only what could be sent counts: a header that cannot stand there is thrown. */
  send(body?: string | Uint8Array): void {
    if (this.#isSent) return;
    this.#events.onSend(this);
    this.answer.send(this, body);
    this.#isSent = true;
  }

  /** Sends an answer in parts as they come; a second answer is dropped. */
  stream(parts: AsyncIterable<string | Uint8Array>): void {
    if (this.#isSent) return;
    this.#events.onSend(this);
    this.answer.stream(this, parts);
    this.#isSent = true;
  }

  /** Lets something be done when the answer is over, once; a second one takes its place. */
  afterwards(run: () => void): void {
    this.#afterwards = run;
  }

  onClose(isWhole: boolean): void {
    this.#events.onClose(this, isWhole);
    this.#afterwards?.();
  }

  #find(name: string): number {
    const { fields } = this;
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return at;
    return -1;
  }
}
