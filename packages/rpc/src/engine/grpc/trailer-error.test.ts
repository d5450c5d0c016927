import { expect, test } from 'vitest';
import { readTrailerError } from './trailer-error.ts';

test.for<[title: string, trailers: Record<string, string>, code: number | undefined, message: string | undefined]>([
  ['a status of 0', { 'grpc-status': '0' }, undefined, undefined],
  ['no status', {}, undefined, undefined],
  ['a status with a message', { 'grpc-status': '5', 'grpc-message': 'no%20such order' }, 5, 'no such order'],
  [
    'details that are no base64',
    { 'grpc-status': '5', 'grpc-message': 'a%20b', 'grpc-status-details-bin': '!' },
    5,
    'a b',
  ],
  ['details that are no status', { 'grpc-status': '5', 'grpc-status-details-bin': 'DP8' }, 5, ''],
  ['a lone percent sign', { 'grpc-status': '5', 'grpc-message': '50% of it' }, 5, '50% of it'],
  ['bytes that are no UTF-8', { 'grpc-status': '5', 'grpc-message': '%ff%fe' }, 5, '%ff%fe'],
])('%s: read without throwing', ([, trailers, code, message]) => {
  const error = readTrailerError(new Headers(trailers));

  expect(error?.code).toBe(code);
  expect(error?.rawMessage).toBe(message);
});

test('a status that is no number is an internal error', () => {
  expect(readTrailerError(new Headers({ 'grpc-status': 'none' }))?.code).toBe(13);
});
