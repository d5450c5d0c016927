import { type DescField, type DescMessage, type Message, toJson } from '@bufbuild/protobuf';
import { jsonWriter } from '@mainstay/codec';
import { typesAround } from './types-around.ts';

/**
 * Writes a response message as JSON in proto field names, with fields that have their zero value included.
 *
 * @param responseField - the field that is the body (`response_body` of the rule); absent means the whole message.
 * @returns JSON text; `null` when the field is a message that is not set.
 */
export function encodeResponse(output: DescMessage, message: Message, responseField?: DescField): string {
  return jsonWriter(output, responseField)(message) ?? referenceText(output, message, responseField);
}

/** What the writer leaves out, for example the messages in `google.protobuf.Any`. */
function referenceText(output: DescMessage, message: Message, responseField: DescField | undefined): string {
  const json = toJson(output, message, {
    useProtoFieldName: true,
    alwaysEmitImplicit: true,
    registry: typesAround(output.file),
  });
  if (responseField === undefined) return JSON.stringify(json);
  const value = (json as Readonly<Record<string, unknown>>)[responseField.name];
  return JSON.stringify(value ?? null);
}
