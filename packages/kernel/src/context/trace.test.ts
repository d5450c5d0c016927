import { expect, test } from 'vitest';
import { childTrace, formatTraceparent, newTrace, parseTraceparent } from './trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test('the example of the W3C is read and written', () => {
  const header = `00-${traceId}-${spanId}-01`;

  const trace = parseTraceparent(header, 'vendor=1');

  expect(trace).toEqual({ traceId, spanId, sampled: true, traceState: 'vendor=1' });
  expect(formatTraceparent(trace!)).toBe(header);
});

test.each([
  ['00', false],
  ['01', true],
  ['02', false],
  ['ff', true],
])('flags %s mean sampled: %s', (flags, sampled) => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-${flags}`)?.sampled).toBe(sampled);
});

test('a higher version is read as version 00, with or without more fields', () => {
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01`)).toMatchObject({ traceId, spanId });
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-comes-next`)).toMatchObject({ traceId, spanId });
});

test.each([
  ['nothing', undefined],
  ['the empty header', ''],
  ['version ff', `ff-${traceId}-${spanId}-01`],
  ['an all-zero trace id', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['an all-zero span id', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['a trace id that is too short', `00-${traceId.slice(1)}-${spanId}-01`],
  ['a digit that is not hex', `00-${traceId.slice(1)}g-${spanId}-01`],
  ['version 00 with more fields', `00-${traceId}-${spanId}-01-more`],
  ['version 00 with a dash at the end', `00-${traceId}-${spanId}-01-`],
  ['a higher version with more and no dash', `cc-${traceId}-${spanId}-01.more`],
  ['blanks around', ` 00-${traceId}-${spanId}-01 `],
  ['a line break at the end', `00-${traceId}-${spanId}-01\n`],
  ['two headers joined', `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`],
  ['no flags', `00-${traceId}-${spanId}`],
])('refuses %s', (_title, header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test('a megabyte of hostile header is refused at once', () => {
  const startedAtMs = performance.now();

  expect(parseTraceparent(`00-${'a'.repeat(1_000_000)}`)).toBeUndefined();
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-${'-'.repeat(1_000_000)}\n`)).toBeUndefined();

  expect(performance.now() - startedAtMs).toBeLessThan(500);
});

test('a child keeps trace, sampling and state, and gets a span of its own', () => {
  const parent = { traceId, spanId, sampled: false, traceState: 'vendor=1' };

  const child = childTrace(parent);

  expect(child).toEqual({ ...parent, spanId: child.spanId });
  expect(child.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(child.spanId).not.toBe(spanId);
});

test('a new trace is valid and sampled', () => {
  const trace = newTrace();

  expect(trace.sampled).toBe(true);
  expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
});
