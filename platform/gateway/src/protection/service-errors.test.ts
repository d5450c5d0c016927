import { discoveryReasons } from '@mainstay/discovery';
import { kernelReasons, PlatformError, type Reason } from '@mainstay/kernel';
import { resilienceReasons } from '@mainstay/resilience';
import { rpcReasons, statusReasons } from '@mainstay/rpc';
import { classifyCall } from '@mainstay/service';
import { describe, expect, it } from 'vitest';
import { toServiceError } from './service-errors.ts';

describe('toServiceError, and how a circuit takes it', () => {
  it.each<[Reason, string, string]>([
    [rpcReasons.PEER_UNREACHABLE, 'UPSTREAM_UNAVAILABLE no', 'failure'],
    [rpcReasons.CONNECTION_LOST, 'UPSTREAM_UNAVAILABLE maybe', 'failure'],
    [rpcReasons.SERVER_DRAINING, 'UPSTREAM_UNAVAILABLE no', 'failure'],
    [rpcReasons.STREAM_REFUSED, 'UPSTREAM_UNAVAILABLE no', 'failure'],
    [statusReasons.STATUS_UNAVAILABLE, 'UPSTREAM_UNAVAILABLE maybe', 'failure'],
    [discoveryReasons.NO_INSTANCE, 'NO_INSTANCE no', 'neutral'],
    [resilienceReasons.CIRCUIT_OPEN, 'CIRCUIT_OPEN no', 'neutral'],
    [rpcReasons.IDENTITY_INVALID, 'INTERNAL no', 'success'],
    [rpcReasons.METHOD_INTERNAL, 'INTERNAL no', 'success'],
    [kernelReasons.INTERNAL, 'INTERNAL maybe', 'failure'],
    [kernelReasons.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED maybe', 'failure'],
    [kernelReasons.CANCELED, 'CANCELED maybe', 'neutral'],
    [statusReasons.STATUS_NOT_FOUND, 'STATUS_NOT_FOUND yes', 'success'],
  ])('$name', (reason, shown, outcome) => {
    const error = new PlatformError(reason, '10.0.0.1:50051 said no');
    const told = toServiceError(error, 'orders');

    expect(`${told.reason} ${told.executed}`).toBe(shown);
    expect(classifyCall(error)).toBe(outcome);
    if (told.reason === 'UPSTREAM_UNAVAILABLE') expect(told.message).not.toContain('10.0.0.1');
  });
});
