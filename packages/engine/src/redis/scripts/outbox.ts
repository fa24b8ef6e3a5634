import { ALL_KEYS } from '../keys.ts';
import { HEAD_PART } from '../parts/head.ts';
import { OUTBOX_PART } from '../parts/outbox.ts';
import { script } from '../script.ts';

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

/**
 * Queues deliveries and moves the cursor. ARGV: 4 endpoint, 5 cursor, and from 6 id, tries, when due, name of the endpoint and
 * message of each.
 */
export const ENQUEUE = script(
  'grants',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
for at = 6, #ARGV, 5 do
  local id = ARGV[at]
  if command('HEXISTS', DELIVERIES, 'd' .. id) == 0 then
    local place = string.format('%016.0f', command('HINCRBY', DELIVERIES, 'last', 1))
    command('HSET', DELIVERIES, 'm' .. id, ARGV[at + 4])
    keepDelivery(id, { place = place, state = 'queued', tries = tonumber(ARGV[at + 1]), due = tonumber(ARGV[at + 2]),
      queued = now, endpoint = ARGV[at + 3], log = {} })
  end
end
local cursor = 'c' .. ARGV[4]
if tonumber(ARGV[5]) > tonumber(command('HGET', DELIVERIES, cursor) or 0) then
  command('HSET', DELIVERIES, cursor, ARGV[5])
end
forgetLapsed()
return answer({ 'queued' })
`,
  ],
  ALL_KEYS,
);

/** What is due. ARGV: 4 how many. Answers `due`: what is told of each. */
export const DUE = script(
  'reads',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local told = {}
for _, member in ipairs(command('ZRANGEBYSCORE', QUEUE, '0', nowText, 'LIMIT', 0, ARGV[4])) do
  -- Of one that was lost nothing can be sent.
  told[#told + 1] = toldDelivery(string.sub(member, 17))
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

/** Records what a try came to. ARGV: 4 id, 5 the state after it, 6 when to try again where it is queued, 7 the try. */
export const FINISH = script(
  'ends',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local id, state = ARGV[4], ARGV[5]
local delivery = readDelivery(id)
if delivery and delivery.state == 'queued' then
  delivery.tries = delivery.tries + 1
  delivery.log[#delivery.log + 1] = ARGV[7]
  if #delivery.log > TRIES_KEPT then
    table.remove(delivery.log, 1)
  end
  changeDelivery(id, delivery, { state = state, due = tonumber(ARGV[6]) or delivery.due })
end
forgetLapsed()
return answer({ 'finished' })
`,
  ],
  ALL_KEYS,
);

/** One delivery. ARGV: 4 id. Answers `delivery`: a list of what is told of it, empty where it is not known. */
export const DELIVERY = script(
  'reads',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
return answer({ 'delivery', 0, 0, { toldDelivery(ARGV[4]) } })
`,
  ],
  ALL_KEYS,
);

/**
 * One page of a list of deliveries, the latest first. ARGV: 4 the list, 5 and 6 the members before and not before which to
 * look, without the name of the list, 7 how many. Answers `deliveries`: the last member of this page, empty where there
 * are no more, and what is told of each.
 */
export const DELIVERY_LIST = script(
  'reads',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local list, limit, told = ARGV[4], tonumber(ARGV[7]), {}
local members = command('ZREVRANGEBYLEX', INDEX, '(' .. list .. ARGV[5], '[' .. list .. ARGV[6], 'LIMIT', 0, limit)
for _, member in ipairs(members) do
  told[#told + 1] = toldDelivery(string.sub(member, #list + 17))
end
return answer({ 'deliveries', 0, 0, #members == limit and string.sub(members[limit] or '', #list + 1) or '', told })
`,
  ],
  ALL_KEYS,
);

/** Queues deliveries again that are over. ARGV: 4 when due, and from 5 their ids. Answers `queued`: what is told of each. */
export const REQUEUE = script(
  'grants',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local told = {}
for at = 5, #ARGV do
  local id = ARGV[at]
  local delivery = readDelivery(id)
  if delivery and delivery.state ~= 'queued' then
    changeDelivery(id, delivery, { state = 'queued', due = tonumber(ARGV[4]), tries = 0 })
    told[#told + 1] = toldDelivery(id)
  end
end
return answer({ 'queued', 0, 0, told })
`,
  ],
  ALL_KEYS,
);

/** What is known of endpoints. Answers `endpoints`: the words of each. */
export const ENDPOINTS = script(
  'reads',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local told = {}
for place, id in ipairs(endpointIds()) do
  told[place] = readEndpoint(id).words
end
return answer({ 'endpoints', 0, 0, told })
`,
  ],
  ALL_KEYS,
);

/**
 * Keeps an endpoint, if its revision follows that of the one that is kept. ARGV: 4 id, 5 revision, 6 words, and from 7 type, call
 * or empty, facts, and the name of who was denied or empty of each entry. Answers `kept` or `changed`.
 */
export const PUT_ENDPOINT = script(
  'ends',
  [
    HEAD_PART,
    OUTBOX_PART,
    String.raw`
local id, revision = ARGV[4], tonumber(ARGV[5])
local known = readEndpoint(id)
if revision ~= (known and known.revision or 0) + 1 then
  return answer({ 'changed' })
end
for at = 7, #ARGV, 4 do
  record(ARGV[at], ARGV[at + 1], ARGV[at + 2])
  if ARGV[at + 3] ~= '' then
    index('d', ARGV[at + 3])
  end
end
if not known then
  local ids = endpointIds()
  ids[#ids + 1] = id
  command('HSET', DELIVERIES, 'names', cmsgpack.pack(ids))
end
command('HSET', DELIVERIES, 'e' .. id, cmsgpack.pack({ revision = revision, words = ARGV[6] }))
return answer({ 'kept' })
`,
  ],
  ALL_KEYS,
);

/** All scripts about webhooks. */
export const OUTBOX_SCRIPTS = [
  CURSOR,
  ENQUEUE,
  DUE,
  NEXT_DUE,
  FINISH,
  DELIVERY,
  DELIVERY_LIST,
  REQUEUE,
  ENDPOINTS,
  PUT_ENDPOINT,
] as const;
