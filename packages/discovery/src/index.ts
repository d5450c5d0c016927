export type { Balancer, BalancerStrategy, CallOutcome, PickRequest } from './balancer.ts';
export { type Endpoint, type EndpointState, endpointOf, staticEndpoint } from './endpoint.ts';
export { discoveryReasons } from './errors.ts';
export { hashText, mix } from './picker/hash.ts';
export {
  type AffinityKey,
  type BalancingPolicy,
  type BalancingPolicyInput,
  type OutlierPolicy,
  type PolicyName,
  type PoolPolicy,
  policyNames,
  type SlowStartPolicy,
  type SuccessRatePolicy,
  type ZonePolicy,
} from './policy/balancing-policy.ts';
export { parseBalancingPolicy } from './policy/parse-balancing-policy.ts';
export {
  createRegistration,
  type InstanceReport,
  type Registration,
  type RegistrationOptions,
  type RegistrationStatus,
  type ReportedState,
} from './registration/registration.ts';
export type { RegistryApi } from './registry-api.ts';
export type { EndpointFilter } from './resolver/choose-endpoints.ts';
export { createResolver } from './resolver/create-resolver.ts';
export type { Resolver, ResolverOptions, ResolverStatus } from './resolver/resolver.ts';
export type { DnsAddress, DnsPort, DnsTarget } from './source/dns/dns-port.ts';
export { createDnsSource, type DnsSourceOptions } from './source/dns/dns-source.ts';
export type { EndpointSource, SourceStatus } from './source/endpoint-source.ts';
export type { EndpointSlice, SliceEndpoint } from './source/kubernetes/endpoint-slice.ts';
export type { EndpointSliceApi, SliceEvent, SliceList, SliceQuery } from './source/kubernetes/endpoint-slice-api.ts';
export {
  createEndpointSliceSource,
  type EndpointSliceSourceOptions,
} from './source/kubernetes/endpoint-slice-source.ts';
export { createRegistrySource } from './source/registry-source.ts';
export { createStaticSource } from './source/static-source.ts';
export { type BalancerOptions, createBalancer } from './upstream/create-balancer.ts';
export { createUpstream } from './upstream/create-upstream.ts';
export type { EndpointStats, LatencyStats, Upstream, UpstreamOptions, UpstreamStats } from './upstream/upstream.ts';
