import { ALL_KEYS } from '../keys.ts';
import { HEAD_PART } from '../parts/head.ts';
import { script } from '../script.ts';

/**
 * How deliveries are kept: `d` and an id its place, tries and message, or nothing more than the id once it is closed; `c`
 * and an endpoint its cursor. The queue has place and id by when they are due, and `x` and an id by when a closed one is
 * forgotten, before 1970 so that it is never due.
 */
const OUTBOX_PART = String.raw`
-- How long the id of a closed delivery is known, and how many that are older are forgotten with every end.
local KNOWN_FOR_MS, FORGOTTEN_AT_ONCE = 2592000000, 10
local NEVER = 9007199254740991

local function readDelivery(id)
  local kept = command('HGET', DELIVERIES, 'd' .. id)
  return kept and kept ~= '' and cmsgpack.unpack(kept) or nil
end

local function keepDelivery(id, delivery)
  command('HSET', DELIVERIES, 'd' .. id, cmsgpack.pack(delivery))
end
`;

/** How far the journal was turned into deliveries. ARGV: 4 endpoint. Answers `cursor`. */
export const CURSOR = script(
  'reads',
  [
    HEAD_PART,
    String.raw`
return answer({ 'cursor', 0, 0, tonumber(command('HGET', DELIVERIES, 'c' .. ARGV[4]) or 0) })
`,
  ],
  ALL_KEYS,
);

/** Queues deliveries and moves the cursor. ARGV: 4 endpoint, 5 cursor, and from 6 id, tries, when due and message of each. */
export const ENQUEUE = script(
  'grants',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
for at = 6, #ARGV, 4 do
  local id = ARGV[at]
  if command('HEXISTS', DELIVERIES, 'd' .. id) == 0 then
    local place = string.format('%016.0f', command('HINCRBY', DELIVERIES, 'last', 1))
    keepDelivery(id, { place = place, tries = tonumber(ARGV[at + 1]), message = ARGV[at + 3] })
    command('ZADD', QUEUE, ARGV[at + 2], place .. id)
  end
end
local cursor = 'c' .. ARGV[4]
if tonumber(ARGV[5]) > tonumber(command('HGET', DELIVERIES, cursor) or 0) then
  command('HSET', DELIVERIES, cursor, ARGV[5])
end
return answer({ 'queued' })
`,
  ],
  ALL_KEYS,
);

/** What is due. ARGV: 4 how many. Answers `due`: tries, when due and message of each. */
export const DUE = script(
  'reads',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local told, found = {}, command('ZRANGEBYSCORE', QUEUE, '0', nowText, 'WITHSCORES', 'LIMIT', 0, ARGV[4])
for at = 1, #found, 2 do
  local delivery = readDelivery(string.sub(found[at], 17))
  -- Of one that was lost nothing can be sent.
  if delivery then
    told[#told + 1] = { delivery.tries, tonumber(found[at + 1]), delivery.message }
  end
end
return answer({ 'due', 0, 0, told })
`,
  ],
  ALL_KEYS,
);

/** When the next delivery is due. Answers `next`: the time, or -1 where none is queued. */
export const NEXT_DUE = script(
  'reads',
  [
    HEAD_PART,
    String.raw`
local found = command('ZRANGEBYSCORE', QUEUE, '0', '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return answer({ 'next', 0, 0, tonumber(found[2] or -1) })
`,
  ],
  ALL_KEYS,
);

/** Records what a try came to. ARGV: 4 id, 5 when to try again, or empty where it is over. */
export const FINISH = script(
  'ends',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local id = ARGV[4]
local delivery = readDelivery(id)
if not delivery then
  return answer({ 'unknown' })
end
if ARGV[5] ~= '' then
  delivery.tries = delivery.tries + 1
  keepDelivery(id, delivery)
  command('ZADD', QUEUE, ARGV[5], delivery.place .. id)
  return answer({ 'finished' })
end
command('HSET', DELIVERIES, 'd' .. id, '')
command('ZREM', QUEUE, delivery.place .. id)
command('ZADD', QUEUE, exact(now + KNOWN_FOR_MS - NEVER), 'x' .. id)
local lapsed = command('ZRANGEBYSCORE', QUEUE, '-inf', exact(now - NEVER), 'LIMIT', 0, FORGOTTEN_AT_ONCE)
for _, member in ipairs(lapsed) do
  command('HDEL', DELIVERIES, 'd' .. string.sub(member, 2))
  command('ZREM', QUEUE, member)
end
return answer({ 'finished' })
`,
  ],
  ALL_KEYS,
);

/** All scripts about webhooks. */
export const OUTBOX_SCRIPTS = [CURSOR, ENQUEUE, DUE, NEXT_DUE, FINISH] as const;
