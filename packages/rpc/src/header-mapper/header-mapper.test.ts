import { type LogFields, silentLogger } from '@mainstay/kernel';
import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import { describe, expect, test } from 'vitest';
import { createHeaderMapper, type HeaderMapperOptions } from './header-mapper.ts';
import { bidirectional, type HeaderRule, incoming, outgoing, referenceHeaderRules } from './header-rule.ts';
import { parseHeaderRules } from './parse-rules.ts';

const admin: Identity = { kind: 'user', userId: 'u-1', roles: ['admin'], tier: 'free' };

function map(
  rules: readonly HeaderRule[],
  headers: Readonly<Record<string, string>>,
  more: Partial<HeaderMapperOptions> & { path?: string } = {},
) {
  const mapper = createHeaderMapper({ rules, ...more });
  const mapped = mapper.begin({ path: more.path ?? '/v1/users', read: (name) => headers[name] });
  return { mapper, mapped };
}

/** The worked example of the requirements. */
const example = [
  incoming('Authorization', 'authorization', { required: true }),
  incoming('Authorization', 'auth-token', { transforms: ['trim', { removePrefix: 'Bearer ' }] }),
  bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true }),
  incoming('X-User-Role', 'user-role', { identity: 'roles' }),
  outgoing('processing-time', 'X-Processing-Time', { transforms: [{ addSuffix: 'ms' }] }),
];

describe('in', () => {
  test('one header may feed two keys, and the role is that of the verified identity', () => {
    const headers = { authorization: 'Bearer abc123', 'x-request-id': 'req-456', 'x-user-role': 'root' };
    const { mapped } = map(example, headers);

    expect(mapped.metadata(admin)).toEqual({
      authorization: 'Bearer abc123',
      'auth-token': 'abc123',
      'request-id': 'req-456',
      'user-role': 'admin',
    });
    expect(mapped.baggage).toEqual({ 'request-id': 'req-456' });
    expect(map(example, headers).mapped.metadata(anonymousIdentity)).not.toHaveProperty('user-role');
  });

  test('all headers that are wrong are refused at once, without their values', () => {
    const { mapper, mapped } = map(
      [
        ...example,
        incoming('X-Client', 'client', { transforms: [{ match: '[a-z]+' }] }),
        incoming('X-Long', 'long', { maxLength: 4 }),
      ],
      { 'x-client': 's3cret', 'x-long': 'longer' },
    );

    const failure = (() => {
      try {
        return mapped.metadata(admin);
      } catch (error) {
        return error;
      }
    })();

    expect(failure).toMatchObject({
      reason: 'IDENTITY_REQUIRED',
      code: 'unauthenticated',
      violations: [
        { field: 'authorization', rule: 'header.required' },
        { field: 'x-client', rule: 'header.shape' },
        { field: 'x-long', rule: 'header.max_length' },
      ],
    });
    expect(JSON.stringify(failure)).not.toContain('s3cret');
    expect(mapper.stats()).toEqual({ incoming: 1, outgoing: 0, failed: 3 });
  });

  test.each([
    ['a missing header', [incoming('X-A', 'a', { required: true })], {}, 'HEADER_REQUIRED', undefined],
    ['a long header', [incoming('X-A', 'a', { maxLength: 2 })], { 'x-a': 'abc' }, 'HEADER_TOO_LONG', 431],
    ['a line break', [incoming('X-A', 'a')], { 'x-a': 'a\nb' }, 'HEADER_INVALID', undefined],
    ['non-ASCII', [incoming('X-A', 'a')], { 'x-a': 'é' }, 'HEADER_INVALID', undefined],
    ['binary that is no base64', [incoming('X-A', 'a-bin')], { 'x-a': '***' }, 'HEADER_INVALID', undefined],
    [
      'a function that throws',
      [
        incoming('X-A', 'a', {
          transforms: [
            () => {
              throw new Error('x');
            },
          ],
        }),
      ],
      { 'x-a': 'b' },
      'HEADER_INVALID',
      undefined,
    ],
  ])('%s is refused', (_, rules, headers, reason, httpStatus) => {
    const { mapped } = map(rules, headers);

    expect(() => mapped.metadata(admin)).toThrow(expect.objectContaining({ reason, httpStatus, executed: 'no' }));
  });

  test('a skipped path needs no header and maps none, one beside it does', () => {
    const skipPaths = ['/health', '/metrics'];

    expect(map(example, {}, { skipPaths, path: '/health/live' }).mapped.metadata(admin)).toEqual({});
    expect(() => map(example, {}, { skipPaths, path: '/healthy' }).mapped.metadata(admin)).toThrow('is missing');
  });

  test('a header named like a rule that only maps out goes nowhere, and of two rules for a key the later wins', () => {
    const rules = [incoming('X-Old', 'id'), incoming('X-New', 'id'), outgoing('server-version', 'X-Server-Version')];
    const headers = { 'x-old': 'old', 'x-new': 'new', 'x-server-version': 'fake' };

    expect(map(rules, headers).mapped.metadata(admin)).toEqual({ id: 'new' });
    expect(map(rules, { 'x-old': 'old' }).mapped.metadata(admin)).toEqual({ id: 'old' });
  });
});

describe('out', () => {
  const nothing = (): undefined => undefined;

  test('what the service says is transformed, what came in is sent back, rules that only map in are not shown', () => {
    const { mapped } = map(example, { authorization: 'Bearer x', 'x-request-id': 'req-1' });
    const said: Readonly<Record<string, string>> = { 'processing-time': '150', authorization: 'leak' };

    expect(mapped.answer((key) => said[key])).toEqual([
      { name: 'x-request-id', value: 'req-1', overwrite: true },
      { name: 'x-processing-time', value: '150ms', overwrite: true },
    ]);
  });

  test('a generated id differs between two requests and comes back', () => {
    const ids = [1, 2].map(
      () =>
        map(example, {})
          .mapped.answer(nothing)
          .find(({ name }) => name === 'x-request-id')?.value,
    );

    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test.each([true, false])(
    'overwriteExisting %s is told with each header; a default gives way to the service',
    (overwriteExisting) => {
      const rules = [outgoing('content-security-policy', 'Content-Security-Policy', { default: "default-src 'self'" })];
      const { mapped } = map(rules, {}, { overwriteExisting });

      expect(mapped.answer(nothing)).toEqual([
        { name: 'content-security-policy', value: "default-src 'self'", overwrite: overwriteExisting },
      ]);
      expect(mapped.answer(() => 'own')[0]?.value).toBe('own');
    },
  );

  test('a value that cannot be sent is left out and counted', () => {
    const { mapper, mapped } = map([outgoing('a', 'X-A')], {});

    expect(mapped.answer(() => 'a\r\nset-cookie: x')).toEqual([]);
    expect(mapper.stats()).toEqual({ incoming: 0, outgoing: 0, failed: 1 });
  });
});

describe('rules', () => {
  const asFile = [
    { http_header: 'Authorization', grpc_metadata: 'authorization', direction: 'in', required: true },
    {
      http_header: 'Authorization',
      grpc_metadata: 'auth-token',
      direction: 'in',
      transforms: ['trim', { remove_prefix: 'Bearer ' }],
    },
    {
      http_header: 'X-Request-ID',
      grpc_metadata: 'request-id',
      direction: 'both',
      default_value: { generate: 'uuid' },
      baggage: true,
    },
    { http_header: 'X-User-Role', grpc_metadata: 'user-role', direction: 'in', identity: 'roles' },
    {
      http_header: 'X-Processing-Time',
      grpc_metadata: 'processing-time',
      direction: 'out',
      transforms: [{ add_suffix: 'ms' }],
    },
  ];

  test('of a file are the same as those of code', () => {
    expect(parseHeaderRules(asFile)).toEqual(example);
  });

  test('of a file that are wrong are all named with their position', () => {
    const wrong = [
      { http_header: 'X-A', grpc_metadata: 'a', direction: 'sideways' },
      { http_header: 'X-B', direction: 'in', requird: true },
      { http_header: 'X-C', grpc_metadata: 'c', direction: 'in', transforms: ['reverse', { replace: 'x', with: 1 }] },
      'text',
    ];

    expect(() => parseHeaderRules(wrong)).toThrow(
      'rules[0]: direction must be in, out or both, got "sideways"; rules[1]: requird is unknown; ' +
        'rules[1]: grpc_metadata is missing; rules[2]: the transform "reverse" is unknown; ' +
        'rules[2]: the transform {"replace":"x","with":1} is unknown; rules[3]: is no set of keys',
    );
    expect(() => parseHeaderRules({})).toThrow('the rules must be a list');
  });

  test.each([
    ['a name with a space', incoming('X A', 'a'), 'is no name of an HTTP header'],
    ['a key in capitals', incoming('X-A', 'A'), 'is no metadata key in lower case'],
    ['the platform’s identity', incoming('X-A', 'mainstay-identity'), 'is reserved'],
    ['gRPC’s own keys', outgoing('grpc-status', 'X-A'), 'is reserved'],
    ['a header of the connection', outgoing('a', 'Transfer-Encoding'), 'is reserved'],
    ['a required answer', outgoing('a', 'X-A', { required: true }), 'cannot be required'],
    ['a secret as baggage', incoming('X-Token', 'token', { baggage: true }), 'a secret cannot be baggage'],
    ['a bad expression', incoming('X-A', 'a', { transforms: [{ match: '(' }] }), 'cannot be compiled'],
    ['a binary value with transforms', incoming('X-A', 'a-bin', { transforms: ['trim'] }), 'cannot be transformed'],
  ])('%s is refused at once', (_, rule, problem) => {
    expect(() => createHeaderMapper({ rules: [rule] })).toThrow(problem);
  });

  test('that say the same twice are refused', () => {
    const rules = [incoming('X-A', 'a'), bidirectional('x-a', 'a')];

    expect(() => createHeaderMapper({ rules })).toThrow('rules[1] (x-a ↔ a): maps in as rules[0] does');
    expect(() => createHeaderMapper({ rules: [], skipPaths: ['health'] })).toThrow('must begin with /');
  });

  test('of the reference set are valid', () => {
    expect(createHeaderMapper({ rules: referenceHeaderRules }).stats().failed).toBe(0);
  });
});

describe('debug', () => {
  const token = 'Bearer abcdefghijklmnop';
  const lines = (debug: boolean): unknown[] => {
    const written: unknown[] = [];
    const logger = {
      ...silentLogger,
      debug: (message: string, fields?: LogFields) => void written.push([message, fields]),
    };
    const { mapped } = map(example, { authorization: token, 'x-request-id': 'r' }, { debug, logger });
    expect(mapped.metadata(admin)).toMatchObject({ authorization: token });
    mapped.answer(() => undefined);
    return written;
  };

  test('shows what was mapped with secrets masked, and nothing when it is off', () => {
    const [inward, outward] = lines(true);

    expect(inward).toEqual([
      'headers mapped in',
      { authorization: 'Bear***mnop', 'auth-token': 'abcd***mnop', 'request-id': 'r', 'user-role': 'admin' },
    ]);
    expect(outward).toEqual(['headers mapped out', { 'x-request-id': 'r' }]);
    expect(lines(false)).toEqual([]);
  });
});
