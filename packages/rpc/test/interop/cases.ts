import { expect } from 'vitest';
import type { OpenCall, PeerClient } from './peer.ts';
import { initialKey, trailingKey } from './test-service.ts';
import { type Fields, methodOf, TestService, UnimplementedService, zeroes } from './testing-proto.ts';

/** What a case may need to know of the server. */
export interface CaseSurroundings {
  /** Our servers never show the sentence of an error that nobody foresaw, and `unknown` (2) is one. */
  readonly hidesUnknown: boolean;
}

type Case = (client: PeerClient, surroundings: CaseSurroundings) => Promise<void>;

const sizes = [31_415, 9, 2_653, 58_979];
const requestSizes = [27_182, 8, 1_828, 45_904];

async function one(call: OpenCall, request: Fields): Promise<Fields | undefined> {
  call.send(request);
  call.end();
  return call.next();
}

async function rest(call: OpenCall): Promise<number[]> {
  const received: number[] = [];
  for (let answer = await call.next(); answer !== undefined; answer = await call.next()) received.push(sizeOf(answer));
  return received;
}

const sizeOf = (answer: Fields | undefined): number => answer?.payload?.body.byteLength ?? -1;
const method = (name: string): ReturnType<typeof methodOf> => methodOf(TestService, name);

async function expectStatus(client: PeerClient, message: string, { hidesUnknown }: CaseSurroundings): Promise<void> {
  for (const name of ['UnaryCall', 'FullDuplexCall']) {
    for (const code of [2, 9]) {
      const call = client.open(method(name));
      await one(call, { responseStatus: { code, message } });
      const ending = await call.ended;
      expect(ending.code, name).toBe(code);
      if (code === 2 && hidesUnknown) expect(ending.message).toMatch(/^something failed that was not foreseen/);
      else expect(ending.message, name).toBe(message);
    }
  }
}

/**
 * gRPC's public cases, by their public names.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
 */
export const cases: Readonly<Record<string, Case>> = {
  async empty_unary(client) {
    const call = client.open(method('EmptyCall'));

    expect(await one(call, {})).toBeDefined();
    expect((await call.ended).code).toBe(0);
  },
  async large_unary(client) {
    const call = client.open(method('UnaryCall'));

    expect(sizeOf(await one(call, { responseSize: 314_159, payload: zeroes(271_828) }))).toBe(314_159);
    expect((await call.ended).code).toBe(0);
  },
  async client_streaming(client) {
    const call = client.open(method('StreamingInputCall'));
    for (const size of requestSizes) call.send({ payload: zeroes(size) });
    call.end();

    expect((await call.next())?.aggregatedPayloadSize).toBe(74_922);
    expect((await call.ended).code).toBe(0);
  },
  async server_streaming(client) {
    const call = client.open(method('StreamingOutputCall'));
    call.send({ responseParameters: sizes.map((size) => ({ size })) });
    call.end();

    expect(await rest(call)).toEqual(sizes);
    expect((await call.ended).code).toBe(0);
  },
  async ping_pong(client) {
    const call = client.open(method('FullDuplexCall'));

    for (const [i, size] of sizes.entries()) {
      call.send({ responseParameters: [{ size }], payload: zeroes(requestSizes[i] as number) });
      expect(sizeOf(await call.next())).toBe(size);
    }
    call.end();
    expect(await rest(call)).toEqual([]);
    expect((await call.ended).code).toBe(0);
  },
  async empty_stream(client) {
    const call = client.open(method('FullDuplexCall'));
    call.end();

    expect(await rest(call)).toEqual([]);
    expect((await call.ended).code).toBe(0);
  },
  async custom_metadata(client) {
    const headers = { [initialKey]: 'test_initial_metadata_value', [trailingKey]: 'q6ur' };
    for (const name of ['UnaryCall', 'FullDuplexCall']) {
      const call = client.open(method(name), { headers });
      await one(call, { responseSize: 314_159, responseParameters: [{ size: 314_159 }] });
      const ending = await call.ended;

      expect([ending.code, ending.header(initialKey)], name).toEqual([0, 'test_initial_metadata_value']);
      expect(ending.trailer(trailingKey), name).toBe('q6ur');
    }
  },
  status_code_and_message: (client, surroundings) => expectStatus(client, 'test status message', surroundings),
  special_status_message: (client, surroundings) =>
    expectStatus(client, '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n', surroundings),
  async unimplemented_method(client) {
    const call = client.open(method('UnimplementedCall'));
    await one(call, {});

    expect(await call.ended).toMatchObject({ code: 12 });
  },
  async unimplemented_service(client) {
    const call = client.open(methodOf(UnimplementedService, 'UnimplementedCall'));
    await one(call, {});

    expect(await call.ended).toMatchObject({ code: 12 });
  },
  async timeout_on_sleeping_server(client) {
    const call = client.open(method('FullDuplexCall'), { timeoutMs: 30 });
    call.send({ payload: zeroes(27_182), responseParameters: [{ size: 31_415, intervalUs: 5_000_000 }] });

    expect((await call.ended).code).toBe(4);
  },
  async cancel_after_begin(client) {
    const call = client.open(method('StreamingInputCall'));
    call.cancel();

    expect((await call.ended).code).toBe(1);
  },
  async cancel_after_first_response(client) {
    const call = client.open(method('FullDuplexCall'));
    call.send({ responseParameters: [{ size: 31_415 }], payload: zeroes(27_182) });
    expect(sizeOf(await call.next())).toBe(31_415);
    call.cancel();

    expect((await call.ended).code).toBe(1);
  },
};
