import type { DecodedBlock } from '../hpack/decoded-block.ts';

/** What matters of the head of an answer. */
export interface AnswerHead {
  readonly httpStatus: string;
  readonly contentType: string;
  readonly isGrpc: boolean;
  readonly isGzip: boolean;
  readonly hasStatus: boolean;
}

const known = new WeakMap<DecodedBlock, AnswerHead>();

/** Reads the head of an answer; a block that comes again is read once. */
export function readAnswerHead(block: DecodedBlock): AnswerHead {
  const found = known.get(block);
  if (found !== undefined) return found;
  const valueOf = (wanted: string): string => block.fields.find(({ name }) => name === wanted)?.value ?? '';
  const contentType = valueOf('content-type');
  const meaning = {
    httpStatus: valueOf(':status'),
    contentType: contentType.slice(0, 100),
    isGrpc: /^application\/grpc($|[+; ])/i.test(contentType),
    isGzip: valueOf('grpc-encoding') === 'gzip',
    hasStatus: valueOf('grpc-status') !== '',
  };
  known.set(block, meaning);
  return meaning;
}

/** Whether trailers say that a call went well. */
export function readStatus({ fields }: DecodedBlock): 'ok' | 'failed' | 'none' {
  for (const { name, value } of fields) {
    if (name === 'grpc-status') return value === '0' ? 'ok' : 'failed';
  }
  return 'none';
}
