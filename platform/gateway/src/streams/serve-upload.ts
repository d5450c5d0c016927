import type { Message } from '@bufbuild/protobuf';
import { http1Reasons } from '@mainstay/http1';
import { PlatformError } from '@mainstay/kernel';
import { sendMessage } from '../answers/send-message.ts';
import { callService } from '../calls/call-service.ts';
import { callOf } from '../calls/service-call.ts';
import type { ServiceCaller } from '../calls/service-caller.ts';
import type { Service } from '../exchange/request-parts.ts';
import { decodeRequest } from '../transcode/decode-request.ts';

/**
 * Carries out a request whose body goes to the service in parts, as its bytes arrive.
 *
 * Every part is a message with the fields of the path; without a body there is one with no bytes. The client is read only as
 * fast as the service takes the parts, so nothing is collected here.
 *
 * @param limitBytes - largest body.
 */
export async function serveUpload(caller: ServiceCaller, service: Service, limitBytes: number): Promise<void> {
  const { admitted, reply } = service;
  // The message is decoded once before the call, so that what is wrong with the path is said before a byte is read.
  const decode = (body: Uint8Array | undefined): Message =>
    decodeRequest(admitted.route.shape, {
      pathValues: admitted.pathValues,
      query: service.exchange.target.query,
      contentType: service.contentType,
      body,
    });
  decode(undefined);
  let tooLarge: PlatformError | undefined;
  async function* parts(): AsyncGenerator<Message> {
    let received = 0;
    for await (const part of service.request.raw.bodyParts()) {
      received += part.byteLength;
      if (received > limitBytes) {
        tooLarge = new PlatformError(http1Reasons.BODY_TOO_LARGE, `the body is larger than ${limitBytes} bytes`);
        throw tooLarge;
      }
      yield decode(part);
    }
    if (received === 0) yield decode(undefined);
  }
  try {
    const answer = await callService(caller, { ...callOf(service), message: parts() });
    reply.code(answer.httpStatus ?? admitted.route.policy.successStatus);
    const shown = { ...service, admitted: await caller.clearReads.viewOf(service, answer.message) };
    await sendMessage(shown, answer.message);
  } catch (error) {
    throw tooLarge ?? error;
  }
}
