export { startReplication, type TestReplication, type TestStandby } from './standby.ts';
export { type TestDatabase, testDatabase, testServerUrl } from './test-database.ts';
