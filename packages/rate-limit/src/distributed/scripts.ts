import { createHash } from 'node:crypto';
import type { RedisScript } from './redis-port.ts';

/**
 * Answers many questions, each all or nothing, by the clock of the server.
 *
 * Arguments: for each question the number of its claims, then rate per minute, burst, cost and wish of each; its key stands in KEYS.
 * `wish` is how many tokens more are taken when they are there. A cost below 0 gives back.
 *
 * Reply: the time in milliseconds as text; then for each question 1 or 0, and for each of its claims the tokens taken
 * because of the wish and millionths of tokens that are missing.
 *
 * A bucket is a string of three doubles: missing, as of when, at which rate. It expires when it is full, so that idle clients
 * leave nothing behind.
 */
export const takeScript: RedisScript = withHash(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local reply = { string.format('%.3f', now) }
local key, arg = 0, 1
while ARGV[arg] do
  local count = tonumber(ARGV[arg])
  local missing, ok = {}, 1
  for i = 1, count do
    local at = arg + (i - 1) * 4
    local burst, cost = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    local stored = redis.call('GET', KEYS[key + i])
    local lacking = 0
    if stored then
      local was, asOf, rate = struct.unpack('<ddd', stored)
      lacking = math.min(burst, math.max(0, was - math.max(0, now - asOf) * rate / 60000))
    end
    if lacking + cost > burst + 1e-9 then ok = 0 end
    missing[i] = lacking
  end
  reply[#reply + 1] = ok
  for i = 1, count do
    local at = arg + (i - 1) * 4
    local rate, burst = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local cost, wish = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
    local lacking, more = missing[i], 0
    if ok == 1 then
      more = math.max(0, math.min(wish, math.floor(burst - lacking - cost + 1e-9)))
      local after = math.max(0, math.min(burst, lacking + cost + more))
      if after == 0 then
        if lacking > 0 then redis.call('DEL', KEYS[key + i]) end
      elseif cost ~= 0 or more ~= 0 then
        local packed = struct.pack('<ddd', after, now, rate)
        redis.call('SET', KEYS[key + i], packed, 'PX', math.ceil(after * 60000 / rate) + 1000)
      end
      lacking = after
    end
    reply[#reply + 1] = more
    reply[#reply + 1] = math.floor(lacking * 1000000 + 0.5)
  end
  key = key + count
  arg = arg + 1 + count * 4
end
return reply
`);

/**
 * Notes that a replica is there and counts those that were heard of lately, by the clock of the server.
 *
 * KEYS: the set of replicas. Arguments: name of this one, milliseconds until a silent one is forgotten.
 */
export const beatScript: RedisScript = withHash(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`);

/** Takes a replica that ends out of the set. KEYS: the set. Arguments: its name. */
export const leaveScript: RedisScript = withHash(`return redis.call('ZREM', KEYS[1], ARGV[1])`);

function withHash(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}
