/**
 * What is kept of a session. `name$` counts its calls, denials and writes; `name+` is what people let it do for a
 * while: under which policies, until when at the latest, and each of them in words that no script looks into.
 */
export const SESSIONS_PART = String.raw`
-- How long a session is remembered after its last decision, or while it is elevated.
local SESSION_KEPT_MS = 259200000

-- Its place in 'KEPT' is whoever calls this to clear.
local function forgetSession(name)
  command('HDEL', COUNTERS, name .. '$', name .. '+')
end

-- Whether its time is over, whether or not anybody has swept since.
local function isForgotten(name)
  local untilMs = command('ZSCORE', KEPT, 's' .. name)
  return untilMs and tonumber(untilMs) < now
end

local function keepSession(name, lasts)
  command('ZADD', KEPT, exact(math.max(now + SESSION_KEPT_MS, lasts)), 's' .. name)
end

-- Counts one fresh decision. Elevations that other policies than the active ones gave are over with it.
local function countDecision(name, writes, denied)
  if isForgotten(name) then
    forgetSession(name)
  end
  local kept = command('HMGET', COUNTERS, name .. '$', name .. '+')
  local counts = kept[1] and cmsgpack.unpack(kept[1]) or { 0, 0, 0 }
  counts[1] = counts[1] + 1
  if denied then
    counts[2] = counts[2] + 1
  elseif writes then
    counts[3] = counts[3] + 1
  end
  command('HSET', COUNTERS, name .. '$', cmsgpack.pack(counts))
  local elevated = kept[2] and cmsgpack.unpack(kept[2])
  if elevated and elevated.under ~= (policies or '') then
    command('HDEL', COUNTERS, name .. '+')
    elevated = false
  end
  keepSession(name, elevated and elevated.lasts or 0)
end

-- Lets a session do more until 'lasts' at the latest, under the policies that are active now.
local function elevateSession(name, lasts, words)
  if isForgotten(name) then
    forgetSession(name)
  end
  command('HSET', COUNTERS, name .. '+', cmsgpack.pack({ under = policies or '', lasts = lasts, words = words }))
  keepSession(name, lasts)
end

-- What a session may do, in words, and under which policies; both empty where nothing.
local function elevationsOf(name)
  local kept = command('HGET', COUNTERS, name .. '+')
  local elevated = kept and cmsgpack.unpack(kept) or { under = '', words = '' }
  return elevated.words, elevated.under
end
`;
