import { PlatformError, silentLogger, silentMeter, systemClock, uuidv7 } from '@mainstay/kernel';
import type { CallOutcome, PickRequest } from '../balancer.ts';
import type { Endpoint } from '../endpoint.ts';
import { discoveryReasons } from '../errors.ts';
import { createPicker } from '../picker/create-picker.ts';
import { createLatencyWindow } from '../picker/latency-window.ts';
import type { Picker } from '../picker/picker.ts';
import { createSlotGroup, type Slot, type SlotGroup } from '../picker/slot.ts';
import type { BalancingPolicy } from '../policy/balancing-policy.ts';
import { type ChosenGroups, chooseGroups } from './choose-groups.ts';
import { eject, ejectionLimit, noteOutcome, readmitDue, takeSuccessRateOutliers } from './outlier.ts';
import { createSlotTable } from './slot-table.ts';
import { warmthAt, warmthStepMs } from './slow-start.ts';
import type { Upstream, UpstreamOptions } from './upstream.ts';
import { createUpstreamMetrics } from './upstream-metrics.ts';
import { createTotals, describeUpstream } from './upstream-stats.ts';

/** Picks of a tried endpoint in a row before the list is looked through for another. */
const mostRepicks = 3;
/** How much one call moves the failure ratio: about the last 20 calls count. */
const smoothing = 0.1;

/**
 * Makes the upstream of one service.
 *
 * What may change rarely (list, ejections, slow start, policy) is compiled when it changes; a pick reads the result.
 * The clock is read by a pick only while something is ejected or warming.
 *
 * @example
 * const upstream = createUpstream({ name: 'orders', policy: parseBalancingPolicy({ policy: 'least_request' }) });
 * const endpoint = upstream.pick(resolver.resolve('orders'));
 */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, clock = systemClock, logger = silentLogger, random = Math.random } = options;
  const table = createSlotTable(options.clientId ?? uuidv7(clock));
  const totals = createTotals();
  const metrics = createUpstreamMetrics({ name, clock, meter: options.meter ?? silentMeter });
  const local = createSlotGroup();
  const rest = createSlotGroup();
  let policy: BalancingPolicy = options.policy;
  let pickers = makePickers();
  let groups: ChosenGroups = { local: [], rest: [], localShare: 1, isPanic: false };
  let offered: readonly Endpoint[] | undefined;
  let ejected = 0;
  /** When something ends or grows by itself. */
  let nextEventMs = Number.POSITIVE_INFINITY;
  let comparedAtMs = clock.monotonicMs();
  let scanAt = 0;

  function makePickers(): { local: Picker; rest: Picker } {
    return { local: createPicker(policy, random), rest: createPicker(policy, random) };
  }

  const fill = (group: SlotGroup, slots: readonly Slot[], picker: Picker): void => {
    group.slots = slots;
    group.inFlight = 0;
    group.totalWeight = 0;
    group.noteLoad = picker.noteLoad;
    slots.forEach((slot, place) => {
      slot.group = group;
      slot.place = place;
      group.inFlight += slot.inFlight;
      group.totalWeight += slot.endpoint.weight;
    });
    picker.compile(group);
  };

  const compile = (nowMs: number): void => {
    ejected = readmitDue(table.members(), policy.outlier, nowMs);
    nextEventMs = Number.POSITIVE_INFINITY;
    for (const slot of table.members()) {
      slot.group = undefined;
      slot.warmth = warmthAt(nowMs - slot.warmFromMs, policy.slowStart);
      if (slot.ejectedUntilMs > 0) nextEventMs = Math.min(nextEventMs, slot.ejectedUntilMs);
      else if (slot.warmth < 1) nextEventMs = Math.min(nextEventMs, nowMs + warmthStepMs(policy.slowStart));
    }
    const wasPanic = groups.isPanic;
    groups = chooseGroups(table.members(), policy, options.zone);
    if (groups.isPanic !== wasPanic) {
      const used = groups.local.length + groups.rest.length;
      logger.warn(groups.isPanic ? 'too few endpoints are usable, all are used' : 'enough endpoints are usable again', {
        upstream: name,
        endpoints: used,
      });
    }
    fill(local, groups.local, pickers.local);
    fill(rest, groups.rest, pickers.rest);
  };

  const tick = (nowMs: number): void => {
    if (nowMs < nextEventMs) return;
    let isRoundOver = false;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const slot of table.members()) {
      if (slot.ejectedUntilMs > 0) {
        if (slot.ejectedUntilMs <= nowMs) isRoundOver = true;
        else nextMs = Math.min(nextMs, slot.ejectedUntilMs);
      } else if (slot.warmth < 1) {
        slot.warmth = warmthAt(nowMs - slot.warmFromMs, policy.slowStart);
        slot.group?.noteLoad?.(slot);
        if (slot.warmth >= 1) isRoundOver = true;
        else nextMs = Math.min(nextMs, nowMs + warmthStepMs(policy.slowStart));
      }
    }
    nextEventMs = nextMs;
    if (isRoundOver) compile(nowMs);
  };

  const tryEject = (slot: Slot, nowMs: number, why: string): void => {
    if (!slot.isListed || ejected >= ejectionLimit(table.members().length, policy.outlier)) return;
    eject(slot, policy.outlier, nowMs);
    totals.ejections++;
    logger.warn('endpoint is ejected', {
      upstream: name,
      endpoint: slot.id,
      address: slot.endpoint.address,
      why,
      for_ms: slot.ejectedUntilMs - nowMs,
    });
    compile(nowMs);
  };

  const compareSuccessRates = (nowMs: number): void => {
    const { successRate, intervalMs } = policy.outlier;
    if (successRate === undefined || nowMs - comparedAtMs < intervalMs) return;
    comparedAtMs = nowMs;
    for (const slot of takeSuccessRateOutliers(table.members(), successRate)) tryEject(slot, nowMs, 'success rate');
  };

  const untried = (tried: ReadonlySet<string>): Slot | undefined => {
    const count = local.slots.length + rest.slots.length;
    for (let i = 0; i < count; i++) {
      const at = (scanAt + i) % count;
      const slot = at < local.slots.length ? local.slots[at] : rest.slots[at - local.slots.length];
      if (slot !== undefined && !tried.has(slot.id)) {
        scanAt = at + 1;
        return slot;
      }
    }
    return undefined;
  };

  const pickSlot = (request: PickRequest | undefined): Slot | undefined => {
    const { localShare } = groups;
    const picker = localShare >= 1 || random() < localShare ? pickers.local : pickers.rest;
    const slot = picker.pick(request);
    const tried = request?.tried;
    if (slot === undefined || tried === undefined || !tried.has(slot.id)) return slot;
    for (let i = 0; i < mostRepicks; i++) {
      const other = picker.pick(request);
      if (other !== undefined && !tried.has(other.id)) return other;
    }
    return untried(tried) ?? slot;
  };

  const moveLoad = (slot: Slot, by: 1 | -1): void => {
    slot.inFlight += by;
    totals.inFlight += by;
    const { group } = slot;
    if (group === undefined) return;
    group.inFlight += by;
    group.noteLoad?.(slot);
  };

  const end = (slot: Slot, call: { outcome: CallOutcome; epoch: number; startedAtMs: number }): void => {
    const nowMs = clock.monotonicMs();
    const { outcome } = call;
    moveLoad(slot, -1);
    if (outcome === 'canceled') {
      slot.canceled++;
      totals.canceled++;
      metrics.touch(totals, ejected);
      return;
    }
    const durationMs = nowMs - call.startedAtMs;
    slot.latency ??= createLatencyWindow();
    slot.latency.record(durationMs, nowMs);
    totals.latency.record(durationMs, nowMs);
    if (outcome === 'failure') {
      slot.errors++;
      totals.errors++;
    } else {
      slot.successes++;
      totals.successes++;
    }
    slot.failureRatio += smoothing * ((outcome === 'failure' ? 1 : 0) - slot.failureRatio);
    if (noteOutcome(slot, call, policy.outlier)) tryEject(slot, nowMs, 'consecutive errors');
    compareSuccessRates(nowMs);
    metrics.touch(totals, ejected);
  };

  return {
    name,
    get policy() {
      return policy;
    },
    configure(next) {
      const isOtherPicker =
        next.policy !== policy.policy || next.leastRequest !== policy.leastRequest || next.ringHash !== policy.ringHash;
      policy = next;
      if (isOtherPicker) pickers = makePickers();
      const nowMs = clock.monotonicMs();
      table.offer(offered ?? [], { subsetSize: policy.subsetSize, nowMs, isFirst: offered === undefined });
      compile(nowMs);
    },
    pick(endpoints, request) {
      if (endpoints !== offered) {
        const nowMs = clock.monotonicMs();
        table.offer(endpoints, { subsetSize: policy.subsetSize, nowMs, isFirst: offered === undefined });
        offered = endpoints;
        compile(nowMs);
      } else if (nextEventMs !== Number.POSITIVE_INFINITY) {
        tick(clock.monotonicMs());
      }
      const { maxRequests } = policy.pool;
      if (maxRequests > 0 && totals.inFlight >= maxRequests) {
        totals.overflows++;
        metrics.touch(totals, ejected);
        const message = `${name} has ${totals.inFlight} calls under way, as many as pool.maxRequests allows`;
        throw new PlatformError(discoveryReasons.UPSTREAM_OVERFLOW, message);
      }
      const slot = pickSlot(request);
      if (slot === undefined) return undefined;
      slot.picks++;
      totals.picks++;
      return slot.endpoint;
    },
    begin(endpoint) {
      const slot = table.of(endpoint);
      const startedAtMs = clock.monotonicMs();
      const { epoch } = slot;
      moveLoad(slot, 1);
      let isOver = false;
      return (outcome) => {
        if (isOver) return;
        isOver = true;
        end(slot, { outcome, epoch, startedAtMs });
      };
    },
    noteOverflow() {
      totals.overflows++;
      metrics.touch(totals, ejected);
    },
    stats() {
      const nowMs = clock.monotonicMs();
      tick(nowMs);
      return describeUpstream({ name, policy: policy.policy, totals, groups, ejected, slots: table.all(), nowMs });
    },
  };
}
