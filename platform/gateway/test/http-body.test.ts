import { create } from '@bufbuild/protobuf';
import { type HttpBody, HttpBodySchema } from '@mainstay/contracts/google/api/httpbody';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UploadFileRequest, WrappedFile } from './contracts/gen/lab/v1/lab_pb.ts';
import { fast, startTestGateway, type TestGateway } from './harness.ts';

let lab: TestGateway;

beforeAll(async () => {
  lab = await startTestGateway({
    lab: {
      uploadFile: ({ name, file }: UploadFileRequest) => ({
        name,
        contentType: file?.contentType ?? 'no file',
        bytes: BigInt(file?.data.byteLength ?? 0),
        parts: 1,
      }),
      echoFile: (body: HttpBody) => body,
      downloadFile: ({ name }: WrappedFile) => ({
        name,
        ...(name !== 'none' && {
          file: create(HttpBodySchema, { contentType: name, data: Uint8Array.of(0, 255, 10) }),
        }),
      }),
    },
  });
});
afterAll(() => lab[Symbol.asyncDispose]());

describe('google.api.HttpBody', () => {
  it('takes bytes of any media type into a field, with the path beside it', async () => {
    const body = Uint8Array.of(1, 2, 3, 0, 255);
    const headers = { ...fast, 'content-type': 'image/png' };
    const { json } = await lab.send('POST', '/lab/uploads/a%2Fb.png', { headers, body });

    expect(json).toEqual({ name: 'a/b.png', content_type: 'image/png', bytes: '5', parts: 1 });
  });

  it('takes no body as no bytes, and no field of it from the query', async () => {
    const none = await lab.send('POST', '/lab/uploads/a');
    const query = await lab.send('POST', '/lab/uploads/a?file.content_type=b');

    expect(none.json).toMatchObject({ content_type: '', bytes: '0' });
    expect(query.status).toBe(400);
  });

  it('gives bytes back with their media type when they are the whole message', async () => {
    const headers = { ...fast, 'content-type': 'text/plain; charset=utf-8' };
    const answer = await lab.send('POST', '/lab/echo', { headers, body: 'é{"not":json' });

    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      200,
      headers['content-type'],
      'é{"not":json',
    ]);
  });

  it.each([
    ['image%2Fpng', 'image/png'],
    ['text%2Fplain;%20a=b', 'text/plain; a=b'],
    ['nonsense', 'application/octet-stream'],
    ['a%2Fb%0D%0Ax:%20y', 'application/octet-stream'],
  ])('gives bytes of a field with the media type %s as %s', async (name, type) => {
    const answer = await lab.send('GET', `/lab/downloads/${name}`);

    expect(answer.headers).toMatchObject({
      'content-type': type,
      'content-length': '3',
      'x-content-type-options': 'nosniff',
    });
  });

  it('gives nothing where the field is not set', async () => {
    const answer = await lab.send('GET', '/lab/downloads/none');

    expect([answer.status, answer.text]).toEqual([200, '']);
  });

  it('takes no more bytes than the limit of bodies', async () => {
    const answer = await lab.send('POST', '/lab/echo', { body: 'x'.repeat(1_048_577) });

    expect([answer.status, answer.json.reason]).toEqual([413, 'BODY_TOO_LARGE']);
  });
});
