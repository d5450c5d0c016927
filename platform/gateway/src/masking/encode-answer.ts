import type { Message } from '@bufbuild/protobuf';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import { encodeResponse } from '../transcode/encode-response.ts';
import { findHidden, type HiddenValue } from './find-hidden.ts';
import { maskJson } from './mask-json.ts';

/** Writes an answer as JSON of which its caller may see all. */
export function encodeAnswer(
  admitted: AdmittedRequest,
  message: Message,
  hidden: readonly HiddenValue[] = findHidden(admitted, message),
): string {
  const { method, responseField } = admitted.route;
  const json = encodeResponse(method.output, message, responseField);
  return hidden.length === 0 ? json : maskJson(json, hidden, responseField);
}
