export { createDirectTransport, type DirectTransportOptions } from './client/direct-transport.ts';
export {
  createRpcTransport,
  type RpcTransport,
  type RpcTransportOptions,
  type SocketTransportOptions,
} from './client/rpc-transport.ts';
export { type AnswerFields, answerFields, createServiceClient, transportOf } from './client/service-client.ts';
export { bindService, type ServiceBinding, type ServiceRules } from './contract/binding.ts';
export { type FieldSensitivity, fieldSensitivity } from './contract/field-sensitivity.ts';
export { isHurried } from './contract/hurried.ts';
export { ownerField } from './contract/message-owner.ts';
export {
  type AnswerCachePolicy,
  type MethodAccess,
  type MethodIdempotency,
  methodPolicy,
  type ResolvedMethodPolicy,
  type StreamPositions,
} from './contract/method-policy.ts';
export { serviceNameOf } from './contract/service-name.ts';
export type { CredentialSource, Credentials, PeerIdentity } from './engine/tls.ts';
export { rpcReasons, statusReasons } from './errors.ts';
export { changedFields } from './field-mask/changed-fields.ts';
export type { HeaderRequest, HeaderStats } from './header-mapper/compiled-rule.ts';
export { createHeaderMapper, type HeaderMapper, type HeaderMapperOptions } from './header-mapper/header-mapper.ts';
export {
  bidirectional,
  type HeaderDirection,
  type HeaderRule,
  type HeaderTransform,
  incoming,
  outgoing,
  referenceHeaderRules,
} from './header-mapper/header-rule.ts';
export type { AnswerHeader, MappedHeaders } from './header-mapper/mapping.ts';
export { parseHeaderRules } from './header-mapper/parse-rules.ts';
export { type CertificateServices, readCertificateServices } from './identity/certificate-services.ts';
export type { IdentitySigner, IdentityVerifier } from './identity/identity.ts';
export { createInternalIdentity, type InternalIdentityOptions } from './identity/internal-identity.ts';
export { type ServiceUri, serviceUri } from './identity/service-uri.ts';
export {
  createInProcessTransport,
  type InProcessTransport,
  type InProcessTransportOptions,
} from './in-process/in-process-transport.ts';
export { localize, localizedMessageOf } from './messages/localized-message.ts';
export {
  createMessageCatalogue,
  englishMessages,
  type MessageCatalogue,
  type MessageTable,
} from './messages/message-catalogue.ts';
export { fromProblem, type ProblemAnswer, readProblem } from './problem/from-problem.ts';
export { formatDegradation, setDegraded, setHttpStatus } from './server/current-answer.ts';
export { type RpcServer, type RpcServerOptions, startRpcServer } from './server/rpc-server.ts';
export type { AdmittedEnd, CallAdmission } from './server/shed-calls.ts';
export { contractViolations } from './server/validate-message.ts';
export { createViolations, type RequestRule, type Violations } from './validation/violations.ts';
export { toErrorDetail } from './wire/error-detail.ts';
export { errorHeaders, type LocalizedMessage, sendWithError } from './wire/error-extras.ts';
export { fromConnectError } from './wire/from-connect-error.ts';
export { headers as rpcHeaders } from './wire/headers.ts';
export { parseTimeout } from './wire/timeout.ts';
export { toConnectError } from './wire/to-connect-error.ts';
