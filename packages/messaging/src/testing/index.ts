export { hasNats, type NatsProcess, startNats, whySkipped } from './nats-process.ts';
