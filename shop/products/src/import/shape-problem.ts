import { isFieldError } from '@bufbuild/protobuf/reflect';
import type { ImportProblem } from '@mainstay/postgres';

/** What is wrong with a line that the parser refused, without what stands in it, which may be anything: the name of a field at most. */
export function shapeProblem(line: number, error: unknown): ImportProblem {
  const { message, cause } = error as Error;
  if (isFieldError(cause))
    return { line, field: cause.field().name, reason: 'line.value', message: 'has another type' };
  const unknown = /key "([A-Za-z0-9_]{1,64})" is unknown$/.exec(message)?.[1];
  if (unknown !== undefined) return { line, field: unknown, reason: 'line.field', message: 'is unknown' };
  return { line, field: '', reason: 'line.shape', message: 'is no product in JSON' };
}
