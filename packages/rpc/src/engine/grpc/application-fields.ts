import { isFieldValue } from './field-value.ts';

/** Fields that HTTP/2 and gRPC use themselves and that no application sends. */
const reservedNames: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-status-details-bin',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

/** Fields whose values must not be kept by anybody on the way. */
const secretNames: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'mainstay-identity',
  'proxy-authorization',
  'set-cookie',
]);

/** Whether a field may travel beside the messages of an application; pseudo-fields and reserved ones may not. */
export function isApplicationField(name: string, value: string): boolean {
  return !reservedNames.has(name) && name.charCodeAt(0) !== colon && isFieldValue(value);
}

const colon = 58;

/** Whether a field must not enter anybody's compression table (RFC 7541 section 7.1.3). */
export function isSecret(name: string): boolean {
  return secretNames.has(name);
}
