import { type DescField, type DescMethod, type Message, ScalarType } from '@bufbuild/protobuf';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import type { StreamPositions } from '@mainstay/rpc';
import { checkScalar } from '../transcode/check-scalar.ts';

/** Reads and sets where a stream stands. */
export interface StreamPosition {
  /** Position of the stream after this answer; undefined when the answer has none. */
  after(answer: Message): string | undefined;
  /** Position after which a request goes on; undefined when it names none. */
  asked(request: Message): string | undefined;
  /**
   * Makes a request go on after a position.
   *
   * @throws {@link PlatformError} `invalid_argument` / `REQUEST_INVALID` for what can be no position.
   */
  resume(request: Message, position: string): void;
}

/**
 * Compiles the fields that a contract names for going on after a cut.
 *
 * @param refuse - makes the error for a contract that names others than 64-bit numbers or text.
 */
export function compilePosition(
  method: DescMethod,
  { position, resume }: StreamPositions,
  refuse: (what: string) => PlatformError,
): StreamPosition {
  const answered = positionField(method.output.fields, position);
  const asked = positionField(method.input.fields, resume);
  if (answered === undefined) throw refuse(`${position} of ${method.output.name} is no 64-bit number and no text`);
  if (asked === undefined) throw refuse(`${resume} of ${method.input.name} is no 64-bit number and no text`);
  return {
    after(answer) {
      const value = read(answer, answered);
      return value === '0' ? undefined : value;
    },
    asked: (request) => read(request, asked),
    resume(request, text) {
      const misfit = checkScalar(asked.scalar, text);
      if (misfit !== undefined) {
        const violations = [{ field: 'Last-Event-ID', rule: misfit.rule, message: misfit.message }];
        throw new PlatformError(kernelReasons.REQUEST_INVALID, 'Last-Event-ID is no position', { violations });
      }
      Object.assign(request, { [asked.localName]: asked.scalar === ScalarType.STRING ? text : BigInt(text) });
    },
  };
}

/** What a field says, as far as it can stand in a header. */
function read(message: Message, { localName }: PositionField): string | undefined {
  const value = String((message as unknown as Readonly<Record<string, bigint | string | undefined>>)[localName] ?? '');
  return /^[\x20-\x7e]+$/.test(value) ? value : undefined;
}

const positionTypes: ReadonlySet<ScalarType> = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.STRING]);

type PositionField = DescField & { readonly fieldKind: 'scalar' };

function positionField(fields: readonly DescField[], name: string): PositionField | undefined {
  const field = fields.find((candidate) => candidate.name === name);
  const fits = field?.fieldKind === 'scalar' && field.oneof === undefined && positionTypes.has(field.scalar);
  return fits ? field : undefined;
}
