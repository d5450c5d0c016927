import { create } from '@bufbuild/protobuf';
import { RegisterResponseSchema, WatchResponseSchema } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { defineReasons, PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { createRegistryApi, type RegistryClient } from './create-registry-api.ts';

const row = { executed: 'no', retry: 'never', summary: '', operator: '' } as const;
const reasons = defineReasons({
  AWAY: { ...row, code: 'unavailable' },
  INSTANCE_UNKNOWN: { ...row, code: 'not_found' },
});

/** Two registries of which each can be away, and which note who was asked. */
function setUp() {
  const asked: string[] = [];
  const away = new Set<string>();
  const client = (name: string): RegistryClient => {
    const answer = async () => {
      asked.push(name);
      if (away.has(name)) throw new PlatformError(reasons.AWAY, `${name} is away`);
      return create(RegisterResponseSchema, { created: true });
    };
    return {
      register: answer,
      heartbeat: async () => {
        asked.push(name);
        throw new PlatformError(reasons.INSTANCE_UNKNOWN, 'unknown');
      },
      async *watch() {
        await answer();
        yield create(WatchResponseSchema, { service: name });
      },
    } as unknown as RegistryClient;
  };
  const api = createRegistryApi([client('a'), client('b')]);
  const signal = new AbortController().signal;
  return { api, away, asked, signal, register: () => api.register({}, signal) };
}

test('stays with the first registry while it answers', async () => {
  const { register, asked } = setUp();
  await register();
  await register();

  expect(asked).toEqual(['a', 'a']);
});

test('asks the second in the same call when the first is away, and stays there', async () => {
  const { register, asked, away } = setUp();
  away.add('a');

  await register();
  away.clear();
  await register();

  expect(asked).toEqual(['a', 'b', 'b']);
});

test('fails after each was asked once when all are away, and begins with the first again', async () => {
  const { register, asked, away } = setUp();
  away.add('a').add('b');

  await expect(register()).rejects.toMatchObject({ reason: 'AWAY' });
  away.clear();
  await register();

  expect(asked).toEqual(['a', 'b', 'a']);
});

test('a refusal is an answer: nobody else is asked', async () => {
  const { api, asked, signal } = setUp();

  await expect(api.heartbeat({}, signal)).rejects.toMatchObject({ reason: 'INSTANCE_UNKNOWN' });
  expect(asked).toEqual(['a']);
});

test('a watch that fails is opened at the second registry the next time', async () => {
  const { api, away, signal } = setUp();
  away.add('a');
  const first = async (): Promise<string> => {
    for await (const { service } of api.watch([], signal)) return service;
    return 'nothing';
  };

  await expect(first()).rejects.toMatchObject({ reason: 'AWAY' });
  expect(await first()).toBe('b');
});

test('parallel calls that fail together move on by one registry, not by as many as there are calls', async () => {
  const { register, away, asked } = setUp();
  away.add('a');

  await Promise.all([register(), register(), register()]);

  expect(asked.slice(3)).toEqual(['b', 'b', 'b']);
});

test('refuses an empty list', () => {
  expect(() => createRegistryApi([])).toThrow(expect.objectContaining({ reason: 'OPTION_INVALID' }));
});
