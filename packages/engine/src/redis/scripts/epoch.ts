import { ALL_KEYS } from '../keys.ts';
import { script } from '../script.ts';

/**
 * What the scripts that decide whether data may be judged by begin with. They stand before the fence that others begin
 * with, and are handed no epoch.
 *
 * The head of a slot says which data it is: `epoch`. Where data is missing, `lost` names the epoch that was lost and
 * `lostAt` the highest version that anybody was answered from it; there is no epoch then, so every step is fenced. `rebuilt`
 * stands where somebody made up for a loss, so that whoever was answered before may go on. `suspect` is the time up to which
 * a budget may have spent what nobody knows of.
 */
export const UNFENCED_PART = String.raw`
local command = redis.call
local HEAD, CALLS, COUNTERS, JOURNAL, DEADLINES, KEPT = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local INDEX, APPROVALS, LINKS, DELIVERIES, MOVES = KEYS[7], KEYS[8], KEYS[9], KEYS[11], KEYS[13]
local NEVER = '9007199254740991'
local kept = command('HMGET', HEAD, 'epoch', 'seq', 'at', 'rebuilt', 'lost', 'lostAt', 'suspect')
local epoch, seq, at, rebuilt = kept[1], tonumber(kept[2] or 0), tonumber(kept[3] or 0), kept[4] and 1 or 0
local lost, lostAt, suspect = kept[5], kept[6] or '0', tonumber(kept[7] or 0)

local function exact(number)
  return string.format('%.0f', number)
end

local function answer(kind)
  return { kind, seq, at, epoch or '', rebuilt, lost or '', tonumber(lostAt), suspect }
end

-- Stops everybody: what was answered under this name is not there any more.
local function lose(name, version)
  command('HDEL', HEAD, 'epoch')
  command('HSET', HEAD, 'lost', name, 'lostAt', version)
  epoch, lost, lostAt = false, name, version
  return answer('lost')
end

-- Goes on under another name with what is there, and writes that down. 'told' is the time that a test says, or empty.
local function goOn(name, told, facts)
  local now = tonumber(told)
  if now == nil then
    local time = command('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  seq, at = seq + 1, math.max(now, at)
  command('XADD', JOURNAL, seq, 'a', exact(at), 't', 'store.rebuilt', 'c', '', 'f', facts)
  command('HSET', HEAD, 'epoch', name, 'seq', seq, 'at', exact(at), 'rebuilt', 1)
  for field, value in pairs({ due = NEVER, frozen = 0, revoked = 0 }) do
    command('HSETNX', HEAD, field, value)
  end
  command('HDEL', HEAD, 'lost', 'lostAt')
  epoch, lost, lostAt, rebuilt = name, false, '0', 1
  return answer('begun')
end
`;

/**
 * Opens a slot. ARGV: 1 the epoch to begin with where there is nothing yet, empty where there has to be something; 2 hash of
 * the active policies or empty; 3 how many activations there were. Answers `found`, `begun`, `lost`, or `absent`.
 */
export const OPEN = script(
  'grants',
  [
    UNFENCED_PART,
    String.raw`
if lost then
  return answer('lost')
end
if epoch then
  return answer('found')
end
for place = 1, #KEYS do
  if ARGV[1] == '' or command('EXISTS', KEYS[place]) == 1 then
    return answer('absent')
  end
end
command('HSET', HEAD, 'epoch', ARGV[1], 'seq', 0, 'at', 0, 'due', NEVER, 'frozen', 0, 'revoked', 0)
if ARGV[2] ~= '' then
  command('HSET', HEAD, 'policies', ARGV[2], 'activation', ARGV[3])
end
epoch = ARGV[1]
return answer('begun')
`,
  ],
  ALL_KEYS,
);

/**
 * Looks whether the slot still holds what this process was answered, and stops it for everybody where it does not. ARGV: 1 the
 * epoch that the process opened, 2 the highest version it was answered. Answers `found`, `other` or `lost`.
 */
export const EXAMINE = script(
  'ends',
  [
    UNFENCED_PART,
    String.raw`
local floor = tonumber(ARGV[2])
if lost then
  if lost == ARGV[1] and floor > tonumber(lostAt) then
    lostAt = ARGV[2]
    command('HSET', HEAD, 'lostAt', lostAt)
  end
  return answer('lost')
end
if not epoch then
  return lose(ARGV[1], ARGV[2])
end
if epoch == ARGV[1] then
  return seq >= floor and answer('found') or lose(epoch, ARGV[2])
end
return answer('other')
`,
  ],
  ALL_KEYS,
);

/**
 * Begins anew with what is there, because an operator said so. ARGV: 1 the epoch that was lost, 2 the one to begin, 3 the time of a
 * test or empty, 4 the facts of the entry. Answers `begun`, or what it found instead.
 */
export const ACCEPT = script(
  'ends',
  [
    UNFENCED_PART,
    String.raw`
if epoch or lost ~= ARGV[1] then
  return answer(epoch and 'found' or lost and 'lost' or 'absent')
end
return goOn(ARGV[2], ARGV[3], ARGV[4])
`,
  ],
  ALL_KEYS,
);

/** All scripts about which data it is. */
export const EPOCH_SCRIPTS = [OPEN, EXAMINE, ACCEPT] as const;
