/** Error codes of RST_STREAM and GOAWAY (RFC 9113 section 7). */
export const errorCode = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  connectError: 0xa,
  enhanceYourCalm: 0xb,
  inadequateSecurity: 0xc,
  http11Required: 0xd,
} as const;

/** Name of an error code as the RFC spells it, for messages and logs. */
export function errorCodeName(code: number): string {
  const name = Object.entries(errorCode).find(([, value]) => value === code)?.[0];
  return name === undefined ? `0x${code.toString(16)}` : name.replaceAll(/([A-Z])/g, '_$1').toUpperCase();
}
