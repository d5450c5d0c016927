import { type DescMessage, equals, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf';
import { type Code, codes, toPlatformError } from '@mainstay/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { typesAround } from '../../src/transcode/types-around.ts';
import { EverythingSchema, file_lab_v1_lab, LabService } from '../contracts/gen/lab/v1/lab_pb.ts';
import { startTestGateway, type TestGateway } from '../harness.ts';
import { bodyCases, patchCases } from './body-cases.ts';
import { failWith } from './failures.ts';
import { pathCases } from './path-cases.ts';
import { queryCases } from './query-cases.ts';
import { refusedCases } from './refused-cases.ts';

const registry = typesAround(file_lab_v1_lab);
const unary = LabService.methods.filter(({ methodKind, input, output }) => methodKind === 'unary' && input === output);

let lab: TestGateway;
/** What the last call carried. */
let seen: { readonly method: string; readonly request: Message } | undefined;

beforeAll(async () => {
  const echo = unary.map(({ localName }) => [
    localName,
    (request: Message) => {
      seen = { method: localName, request };
      failWith(request as { readonly text?: string });
      return request;
    },
  ]);
  lab = await startTestGateway({ lab: Object.fromEntries(echo) });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => {
  seen = undefined;
});

const write = (desc: DescMessage, message: Message): JsonValue =>
  // Through text, as JSON has no negative zero there.
  JSON.parse(
    JSON.stringify(toJson(desc, message, { useProtoFieldName: true, alwaysEmitImplicit: true, registry })),
  ) as JsonValue;

const split = (request: string): readonly [string, string] => {
  const [method = '', path = ''] = request.split(' ');
  return [method, path];
};

/** Calls a method of the lab over gRPC, without the gateway. */
async function callOverGrpc(localName: string, message: Message): Promise<Message> {
  const client = lab.grpc(LabService) as unknown as Record<string, (request: Message) => Promise<Message>>;
  return (client[localName] as (request: Message) => Promise<Message>)(message);
}

describe('a request that is taken becomes this message, and gRPC gives the same answer', () => {
  const cases = [...pathCases, ...queryCases, ...bodyCases, ...patchCases];

  it.each(cases.map((one) => [`${one.request} ${one.body?.slice(0, 80) ?? ''}`, one] as const))(
    '%s',
    async (_, one) => {
      const desc = unary.find(({ localName }) => localName === one.calls)?.input as DescMessage;
      const message = fromJson(desc, one.message, { registry });

      const answer = await lab.send(...split(one.request), one.body === undefined ? {} : { body: one.body });
      const received = seen;
      const overGrpc = write(desc, await callOverGrpc(one.calls, message)) as Readonly<Record<string, JsonValue>>;

      expect(answer.status).toBe(200);
      expect(received?.method).toBe(one.calls);
      expect(write(desc, received?.request as Message)).toEqual(write(desc, message));
      expect(equals(desc, received?.request as Message, message) || hasNaN(one.message)).toBe(true);
      const [[field, value] = []] = Object.entries(one.answer ?? {});
      expect(answer.json).toEqual(field === undefined ? overGrpc : (overGrpc[field] ?? null));
      if (field !== undefined) expect(answer.json).toEqual(value);
    },
  );
});

/** Not equal to itself, so messages with it are compared as JSON only. */
const hasNaN = (message: JsonValue): boolean => JSON.stringify(message).includes('NaN');

describe('a request that breaks a rule reaches no service, and says what is wrong', () => {
  it.each(refusedCases.map((one) => [`${one.request} ${one.body?.slice(0, 80) ?? ''}`, one] as const))(
    '%s',
    async (_, { request, body, status, why }) => {
      const answer = await lab.send(...split(request), body === undefined ? {} : { body });

      expect(answer.status).toBe(status);
      const violations = (answer.json.violations as { field: string; rule: string }[]).map(
        (v) => `${v.field} ${v.rule}`,
      );
      expect(typeof why === 'string' ? answer.json.reason : violations).toEqual(why);
      expect(seen).toBeUndefined();
    },
  );
});

describe('an error of the service is the same over HTTP and over gRPC', () => {
  it.each(codes)('%s', async (code: Code) => {
    const { json } = await lab.send('GET', `/lab/things/fail-${code}`);
    const message = fromJson(EverythingSchema, { text: `fail-${code}` });
    const error = toPlatformError(await callOverGrpc('getThing', message).catch((cause: unknown) => cause));

    expect(json).toMatchObject({ code, executed: error.executed, retry: error.retry, reason: error.reason });
    expect(error.code).toBe(code);
  });
});
