/**
 * How deliveries are kept: `d` and an id how it stands, `m` and an id its message, which no script looks into, `c` and an
 * endpoint its cursor; `e` and an endpoint its revision and the rest of it in words, and `names` their ids. The queue has
 * place and id by when they are due, and `x` and an id by when one that is over is forgotten, before 1970 so that it is never
 * due. The index lists deliveries by when they were queued first: `wa` all of them, `ws` and a letter those of a state, `we`
 * and a name those of an endpoint, `wf`, a name and a letter those of both.
 */
export const OUTBOX_PART = String.raw`
-- How long a delivery that is over is known, and how many that are older are forgotten with every step that ends or queues one.
local DELIVERED_KEPT_MS, GIVEN_UP_KEPT_MS, FORGOTTEN_AT_ONCE = 259200000, 2592000000, 10
local NEVER, TRIES_KEPT = 9007199254740991, 12

local function readDelivery(id)
  local kept = command('HGET', DELIVERIES, 'd' .. id)
  return kept and cmsgpack.unpack(kept) or nil
end

-- Every list that a delivery is in.
local function listsOf(id, delivery)
  local entry = string.format('%016.0f', delivery.queued) .. id
  local letter, name = string.sub(delivery.state, 1, 1), delivery.endpoint
  return { 'wa' .. entry, 'ws' .. letter .. entry, 'we' .. name .. entry, 'wf' .. name .. letter .. entry }
end

-- Whatever has to be done with a delivery, and when.
local function planOf(id, delivery)
  if delivery.state == 'queued' then
    return delivery.due, delivery.place .. id
  end
  return delivery.kept - NEVER, 'x' .. id
end

-- Keeps a delivery that is in no list and not planned.
local function keepDelivery(id, delivery)
  for _, member in ipairs(listsOf(id, delivery)) do
    command('ZADD', INDEX, 0, member)
  end
  local score, member = planOf(id, delivery)
  command('ZADD', QUEUE, exact(score), member)
  command('HSET', DELIVERIES, 'd' .. id, cmsgpack.pack(delivery))
end

local function unlistDelivery(id, delivery)
  for _, member in ipairs(listsOf(id, delivery)) do
    command('ZREM', INDEX, member)
  end
  local _, member = planOf(id, delivery)
  command('ZREM', QUEUE, member)
end

local function changeDelivery(id, delivery, changes)
  unlistDelivery(id, delivery)
  for name, value in pairs(changes) do
    delivery[name] = value
  end
  local keptMs = delivery.state == 'delivered' and DELIVERED_KEPT_MS or GIVEN_UP_KEPT_MS
  delivery.kept = delivery.state ~= 'queued' and now + keptMs
  keepDelivery(id, delivery)
end

local function forgetLapsed()
  for _, member in ipairs(command('ZRANGEBYSCORE', QUEUE, '-inf', exact(now - NEVER), 'LIMIT', 0, FORGOTTEN_AT_ONCE)) do
    local id = string.sub(member, 2)
    local delivery = readDelivery(id)
    if delivery then
      unlistDelivery(id, delivery)
    end
    command('ZREM', QUEUE, member)
    command('HDEL', DELIVERIES, 'd' .. id, 'm' .. id)
  end
end

-- All that the caller is told of a delivery; nothing of one that is not known.
local function toldDelivery(id)
  local delivery = readDelivery(id)
  return delivery and { command('HGET', DELIVERIES, 'm' .. id), delivery.state, delivery.tries, delivery.due,
    delivery.queued, delivery.log } or nil
end

local function readEndpoint(id)
  local kept = command('HGET', DELIVERIES, 'e' .. id)
  return kept and cmsgpack.unpack(kept) or nil
end

local function endpointIds()
  local kept = command('HGET', DELIVERIES, 'names')
  return kept and cmsgpack.unpack(kept) or {}
end
`;
