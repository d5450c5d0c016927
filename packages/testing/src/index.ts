export { FakeClock } from './fake-clock.ts';
export { type Fault, type FaultOptions, withFault } from './fault.ts';
export { freePort, freePortOffset } from './free-port.ts';
export { type LeakCheckOptions, leakCheck } from './leak-check.ts';
export { Random } from './random.ts';
