import { describe, expect, it } from 'vitest';
import { parseTemplate } from './template.ts';

describe('parseTemplate', () => {
  it('reads segments, a variable of one segment and a verb', () => {
    expect(parseTemplate('/v1/orders/{id}:cancel')).toEqual({
      source: '/v1/orders/{id}:cancel',
      segments: [{ kind: 'literal', text: 'v1' }, { kind: 'literal', text: 'orders' }, { kind: 'single' }],
      variables: [{ fieldPath: 'id', start: 2, end: 3, multiple: false }],
      verb: 'cancel',
    });
  });

  it('reads a variable over fixed and free segments', () => {
    const { segments, variables } = parseTemplate('/v1/{name=orders/*}/items/{item.id}');

    expect(segments.map((segment) => segment.kind)).toEqual(['literal', 'literal', 'single', 'literal', 'single']);
    expect(variables).toEqual([
      { fieldPath: 'name', start: 1, end: 3, multiple: true },
      { fieldPath: 'item.id', start: 4, end: 5, multiple: false },
    ]);
  });

  it('gives ** an open end', () => {
    expect(parseTemplate('/files/{path=**}').variables).toEqual([
      { fieldPath: 'path', start: 1, end: Number.POSITIVE_INFINITY, multiple: true },
    ]);
  });

  it.each([
    ['v1/orders', 'must start with a slash'],
    ['/v1//orders', '"" is no segment'],
    ['/v1/{id', '"{id" is no segment'],
    ['/v1/{1d}', '"1d" is no field path'],
    ['/v1/{a.}', '"a." is no field path'],
    ['/v1/**/x', '** must be the last segment'],
    ['/v1/{id}/{id}', 'a field may be bound once only'],
    ['/v1/or ders', '"or ders" is no segment'],
    ['/v1/{id}:', 'the verb after the colon must be a plain word'],
    ['/v1/x{id}', '"x{id}" is no segment'],
  ])('refuses %s', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(message);
  });
});
