export { leaseReasons } from './errors.ts';
export { withFence } from './fence.ts';
export type { LeaseKeeperOptions } from './keeper/keeper-options.ts';
export { createLeaseKeeper, type DatabaseLeaseKeeper } from './keeper/lease-keeper.ts';
export { type LeaseView, listLeases } from './list-leases.ts';
export { leaseMigrations } from './migrations.ts';
export {
  type Acquired,
  createLeaseStore,
  type LeaseClaim,
  type LeaseStore,
  type Renewed,
} from './store/lease-store.ts';
