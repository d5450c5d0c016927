import { contractServices } from '@mainstay/contracts/services';
import { describe, expect, it } from 'vitest';
import { LabService, labServiceWith, Person } from '../../test/lab.ts';
import { compileRoutes } from './compile-routes.ts';
import { createMatcher } from './matcher.ts';

describe('compileRoutes', () => {
  it('compiles the contracts of the shop into one matcher', () => {
    const routes = compileRoutes(contractServices);
    const match = createMatcher(routes).match('POST', '/v1/orders');

    expect(match).toMatchObject({
      kind: 'found',
      route: { serviceName: 'orders', timeoutMs: 15_000, policy: { access: 'authenticated', idempotency: 'keyed' } },
    });
  });

  it('leaves methods for services only out', () => {
    const paths = compileRoutes([LabService]).map(({ template }) => template.source);

    expect(paths).toContain('/lab/things');
    expect(paths).not.toContain('/lab/hidden');
  });

  it('makes a route of every binding', () => {
    const batch = compileRoutes([LabService]).filter(({ template }) => template.source === '/lab/things:batch');

    expect(batch.map(({ httpMethod }) => httpMethod)).toEqual(['GET', 'POST']);
  });

  it.each([
    [{ get: '/lab/{nothing}' }, '{nothing} is no single plain field of Everything'],
    [{ get: '/lab/{inner}' }, '{inner} is no single plain field of Everything'],
    [{ get: '/lab/{numbers}' }, '{numbers} is no single plain field of Everything'],
    [{ get: '/lab/{inners.name}' }, '{inners.name} is no single plain field of Everything'],
    [{ get: '/lab', body: '*' }, 'GET cannot have a body'],
    [{ post: '/lab', body: 'nothing' }, 'nothing is no field of Everything'],
    [{ get: '/lab', responseBody: 'nothing' }, 'nothing is no field of Everything'],
    [{ get: 'lab' }, 'must start with a slash'],
  ])('refuses %j', (rule, message) => {
    expect(() => compileRoutes([labServiceWith(rule)])).toThrow(message);
  });

  it('refuses positions of streams that are no 64-bit number and no text', () => {
    const stream = { position: 'small', resume: 'text' };

    expect(() => compileRoutes([labServiceWith({ get: '/lab' }, { stream })])).toThrow(
      'small of Everything is no 64-bit number and no text',
    );
  });

  it('refuses bytes that would have to be masked, unless the method is there to give them out', () => {
    const rule = { get: '/lab', responseBody: 'passport' };
    const disclosing = labServiceWith(rule, { discloses: 'SENSITIVITY_MEDIUM' }, Person);

    expect(() => compileRoutes([labServiceWith(rule, {}, Person)])).toThrow('bytes cannot be masked');
    expect(compileRoutes([disclosing])).toHaveLength(1);
  });

  it('gives each kind of method its form', () => {
    const forms = new Map(compileRoutes([LabService]).map(({ method, exchange }) => [method.name, exchange]));

    expect([...new Set(forms.values())].sort()).toEqual(['answers', 'socket', 'unary', 'upload']);
    expect([
      forms.get('WatchThings'),
      forms.get('UploadParts'),
      forms.get('SumThings'),
      forms.get('ChatThings'),
    ]).toEqual(['answers', 'upload', 'socket', 'socket']);
  });

  it.each([
    ['/lab/{nothing}', 'nothing is no field of Everything'],
    ['/lab/{inner}', 'inner is no field of Everything'],
  ])('refuses the location %s', (location, message) => {
    expect(() => compileRoutes([labServiceWith({ get: '/lab' }, { location })])).toThrow(message);
  });
});
