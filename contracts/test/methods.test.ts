import { getOption } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import comments from '../gen/comments.json' with { type: 'json' };
import { Access, Idempotency, Priority, Sensitivity, sensitivity } from '../gen/mainstay/options/v1/options_pb.ts';
import { fieldAt, methods, placeholders, routesOf } from './own-contracts.ts';

const commentOf = comments as Readonly<Record<string, string>>;

test('there are methods to check: at least 30 in at least 5 services', () => {
  expect(methods.length).toBeGreaterThanOrEqual(30);
  expect(new Set(methods.map(({ method }) => method.parent.typeName)).size).toBeGreaterThanOrEqual(5);
});

test('every method states who may call it, and what repeating it does', () => {
  for (const { name, policy } of methods) {
    expect(policy, name).toBeDefined();
    expect(policy?.access, name).not.toBe(Access.UNSPECIFIED);
    expect(policy?.idempotency, name).not.toBe(Idempotency.UNSPECIFIED);
  }
});

test('roles are named exactly when the access is by role', () => {
  for (const { name, policy } of methods) {
    expect((policy?.roles.length ?? 0) > 0, name).toBe(policy?.access === Access.ROLE);
  }
});

test('every method names the services that may call it; between services the gateway is not among them, with a route it is', () => {
  for (const { name, policy } of methods) {
    const callers = policy?.callers ?? [];
    expect(callers.length, name).toBeGreaterThan(0);
    expect(new Set(callers).size, name).toBe(callers.length);
    expect(callers.includes('*') && callers.length > 1, name).toBe(false);
    expect(callers.includes('gateway'), name).toBe(policy?.access !== Access.INTERNAL);
  }
});

test('a method whose answer has a secret is there to give it out, and no other gives secrets out', () => {
  for (const { name, method, policy, rule } of methods) {
    if (rule === undefined) continue;
    const hasSecret = method.output.fields.some((field) => getOption(field, sensitivity) === Sensitivity.HIGH);
    expect(policy?.discloses === Sensitivity.HIGH, name).toBe(hasSecret);
  }
});

test('only reads with one answer are given again, and those of everybody only when nobody owns them', () => {
  const cached = methods.filter(({ policy }) => policy?.cache !== undefined);
  expect(cached.length).toBeGreaterThan(0);
  for (const { name, method, policy } of cached) {
    expect([policy?.idempotency, method.methodKind], name).toEqual([Idempotency.SAFE, 'unary']);
    expect((policy?.cache?.freshMs ?? 0) + (policy?.cache?.staleMs ?? 0), name).toBeGreaterThan(0);
  }
});

test('only what has a key awaits services, and needs and awaits name services of the fleet, none twice', () => {
  const services = new Set(methods.map(({ method }) => method.parent.typeName.split('.')[0]));
  for (const { name, policy } of methods) {
    const named = [...(policy?.needs ?? []), ...(policy?.awaits ?? [])];
    expect(new Set(named).size, name).toBe(named.length);
    for (const service of named) expect(services.has(service), `${name} ${service}`).toBe(true);
    if ((policy?.awaits ?? []).length > 0) expect(policy?.idempotency, name).toBe(Idempotency.KEYED);
  }
});

test('only what reads is sent a second time when it is late', () => {
  const hedged = methods.filter(({ policy }) => policy?.hedge);
  expect(hedged.length).toBeGreaterThan(0);
  for (const { name, policy } of hedged) expect(policy?.idempotency, name).toBe(Idempotency.SAFE);
});

test('moving money, holding stock and the registry are critical, browsing is low', () => {
  const priorities = new Map(methods.map(({ method, policy }) => [method.name, policy?.priority]));
  for (const name of [
    'CreateOrder',
    'AuthorizePayment',
    'CapturePayment',
    'CancelPayment',
    'ReserveStock',
    'Heartbeat',
  ]) {
    expect(priorities.get(name), name).toBe(Priority.CRITICAL);
  }
  for (const name of ['ListProducts', 'GetProduct', 'ListCategories'])
    expect(priorities.get(name), name).toBe(Priority.LOW);
});

test('a caller is the gateway or a service with a contract', () => {
  const known = new Set(['*', 'gateway', ...methods.map(({ method }) => method.parent.typeName.split('.')[0])]);

  for (const { name, policy } of methods) {
    for (const caller of policy?.callers ?? []) expect(known, name).toContain(caller);
  }
});

test('a method between services has no route, every other method has one', () => {
  for (const { name, policy, rule } of methods) {
    expect(rule === undefined, name).toBe(policy?.access === Access.INTERNAL);
  }
});

test('a time-out is at most 60 s, and only a stream may go without', () => {
  for (const { name, method, policy } of methods) {
    expect(policy?.timeoutMs ?? 0, name).toBeLessThanOrEqual(60_000);
    if (method.methodKind === 'unary') expect(policy?.timeoutMs ?? 0, name).toBeGreaterThan(0);
  }
});

test('GET is for what reads only, and what reads only is GET, or a POST to a verb when the question needs a body', () => {
  for (const { name, policy, rule } of methods) {
    for (const { verb, path, rule: own } of rule === undefined ? [] : routesOf(rule)) {
      const asks = verb === 'post' && own.body === '*' && /:[a-z][A-Za-z]*$/.test(path);
      if (policy?.idempotency === Idempotency.SAFE) expect(verb === 'get' || asks, name).toBe(true);
      else expect(verb, name).not.toBe('get');
    }
  }
});

test('a key is required of POST only, or between services', () => {
  for (const { name, policy, rule } of methods) {
    if (policy?.idempotency !== Idempotency.KEYED) continue;
    for (const { verb } of rule === undefined ? [] : routesOf(rule)) expect(verb, name).toBe('post');
  }
});

test('no two methods have one route', () => {
  const routes = methods.flatMap(({ rule }) => (rule === undefined ? [] : routesOf(rule)));
  const shapes = routes.map(({ verb, path }) => `${verb} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`);

  expect(shapes.filter((shape, index) => shapes.indexOf(shape) !== index)).toEqual([]);
});

test('routes name fields that exist, and a body where there is something to send', () => {
  for (const { name, method, rule } of methods) {
    for (const { verb, path, rule: own } of rule === undefined ? [] : routesOf(rule)) {
      expect(path, name).toMatch(/^\/v\d+\/[a-z]/);
      for (const field of placeholders(path)) expect(fieldAt(method.input, field), `${name} ${field}`).toBeDefined();
      if (own.responseBody !== '') expect(fieldAt(method.output, own.responseBody), name).toBeDefined();
      if (own.body !== '' && own.body !== '*') expect(fieldAt(method.input, own.body), name).toBeDefined();
      expect(own.body === '', name).toBe(verb === 'get' || verb === 'delete');
    }
  }
});

test('only a stream of answers goes on after a position, by fields of one type that exist', () => {
  const resumable = methods.filter(({ policy }) => policy?.stream !== undefined);
  expect(resumable.length).toBeGreaterThan(0);
  for (const { name, method, policy } of resumable) {
    const position = fieldAt(method.output, policy?.stream?.position ?? '');
    const resume = fieldAt(method.input, policy?.stream?.resume ?? '');
    expect(method.methodKind, name).toBe('server_streaming');
    expect([position?.scalar, position === undefined], name).toEqual([resume?.scalar, false]);
  }
});

test('a success has a status of 200 to 204, and a location made of fields of the answer', () => {
  for (const { name, method, policy } of methods) {
    expect([0, 200, 201, 202, 204], name).toContain(policy?.successStatus);
    for (const field of placeholders(policy?.location ?? '')) {
      expect(fieldAt(method.output, field), `${name} ${field}`).toBeDefined();
    }
  }
});

test('the comment of a method lists its errors, and says of idempotency what its policy says', () => {
  const words = { [Idempotency.SAFE]: /^(safe|by )/, [Idempotency.KEYED]: /^keyed/, [Idempotency.NONE]: /^none/ };
  for (const { name, policy } of methods) {
    const comment = commentOf[name] ?? '';
    expect(comment, name).toMatch(/^Errors: /m);
    const said = /^Idempotency: (.*)$/m.exec(comment)?.[1] ?? '';
    expect(said, name).toMatch(words[policy?.idempotency as keyof typeof words]);
  }
});
