export { createNatsBus, type NatsBusOptions } from './nats-bus.ts';
export { type NatsLink, type NatsOptions, openNats } from './nats-link.ts';
