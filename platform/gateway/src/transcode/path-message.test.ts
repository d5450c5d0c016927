import { equals } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { Everything } from '../../test/lab.ts';
import { decodeRequest } from './decode-request.ts';
import { resolveFieldPath } from './field-table.ts';
import { compilePathMessage } from './path-message.ts';
import type { RequestShape } from './request-shape.ts';

function shape(...path: readonly string[]): RequestShape {
  const pathFields = new Map(path.map((name) => [name, resolveFieldPath(Everything, name) ?? []]));
  return { input: Everything, pathFields, body: 'none', isRaw: false, mask: undefined };
}

describe('a request that the path says all of', () => {
  it('becomes the message that its JSON would become', () => {
    const read = shape('text');
    const pathValues = new Map([['text', 'ä/b %']]);

    const direct = compilePathMessage(read)?.(pathValues);

    // A query, though an empty one, takes the way over JSON.
    const byJson = decodeRequest(read, { pathValues, query: '&' });
    expect(direct).toMatchObject({ text: 'ä/b %' });
    expect(equals(Everything, direct as NonNullable<typeof direct>, byJson)).toBe(true);
  });

  it('is left to the check of the whole when a text cannot be stored: REQUEST_INVALID', () => {
    const read = shape('text');
    const pathValues = new Map([['text', 'a\0']]);

    expect(compilePathMessage(read)?.(pathValues)).toBeUndefined();
    expect(() => decodeRequest(read, { pathValues, query: '' })).toThrow(
      expect.objectContaining({ reason: 'REQUEST_INVALID' }),
    );
  });

  it.for(['big', 'colour', 'inner.name', 'left', 'texts'])('is not that where %s is in the path', (path) => {
    expect(compilePathMessage(shape('text', path))).toBeUndefined();
  });

  it('is not that where a body or a mask takes part', () => {
    const mask = resolveFieldPath(Everything, 'mask')?.[0];
    expect(compilePathMessage({ ...shape('text'), body: 'whole' })).toBeUndefined();
    expect(compilePathMessage({ ...shape('text'), mask })).toBeUndefined();
  });
});
