export {
  CertificateFolder,
  type CertificateStatus,
  defaultLifetimeMs,
  type IssueOptions,
} from './certificates/certificate-folder.ts';
export type { FleetEvent } from './component.ts';
export type { Fleet, FleetNote } from './fleet.ts';
export { type StartFleetOptions, startFleet } from './start-fleet.ts';
