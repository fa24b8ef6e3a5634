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
local INDEX, APPROVALS, LINKS, REVISIONS = KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local DELIVERIES, MOVES = KEYS[11], KEYS[13]
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

-- Keys without which money would be given away, or lines be missing. A field that is always there tells those that hold
-- nothing yet from those that somebody took away.
local function markKeys()
  for _, key in ipairs({ CALLS, COUNTERS, MOVES }) do
    command('HSET', key, '', 1)
  end
end

local function isMoneyThere()
  return command('EXISTS', CALLS, COUNTERS, MOVES) == 3
end

-- The first and the last line of a stream, and whether all those between them are there.
local function stretchOf(stream)
  if command('EXISTS', stream) == 0 then
    return 1, 0, true
  end
  local told, facts = command('XINFO', 'STREAM', stream), {}
  for place = 1, #told, 2 do
    facts[told[place]] = told[place + 1]
  end
  local last = tonumber(string.match(facts['last-generated-id'], '^%d+'))
  local first = last + 1 - facts.length
  return first, last, facts.length == 0 or tonumber(string.match(facts['first-entry'][1], '^%d+')) == first
end

-- A journal that does not end where the head says could not be written: a step failed half way, or one of the two is older.
local function isWhole()
  local _, last = stretchOf(JOURNAL)
  return isMoneyThere() and last == seq
end

-- Stops everybody: what was answered under this name is not there any more.
local function lose(name, version)
  command('HDEL', HEAD, 'epoch')
  command('HSET', HEAD, 'lost', name, 'lostAt', version)
  epoch, lost, lostAt = false, name, version
  return answer('lost')
end

-- A head that was lost knows its policies again. No activation has a number above the time, so what is told of them next is
-- news to every slot.
local function findPolicies(now)
  local number = command('HEXISTS', HEAD, 'policies') == 0 and command('HGET', REVISIONS, 'active')
  local words = number and command('HGET', REVISIONS, 'r' .. number)
  if words then
    command('HSET', HEAD, 'policies', cjson.decode(words).hash, 'activation', exact(now))
  end
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
  markKeys()
  findPolicies(now)
  epoch, lost, lostAt, rebuilt = name, false, '0', 1
  return answer('begun')
end

-- Messages were made of the journal up to 'seq' at most: what comes now is told too.
local function moveCursorsBack()
  local place = '0'
  repeat
    local page = command('HSCAN', DELIVERIES, place, 'MATCH', 'c*', 'COUNT', 1000)
    place = page[1]
    for one = 1, #page[2], 2 do
      if tonumber(page[2][one + 1]) > seq then
        command('HSET', DELIVERIES, page[2][one], exact(seq))
      end
    end
  until place == '0'
end
`;

/**
 * Opens a slot. ARGV: 1 the epoch to begin with where there is nothing yet, empty where there has to be something; 2 hash of
 * the active policies or empty; 3 the number of their activation. Answers `found`, `begun`, `lost`, or `absent`.
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
  return isWhole() and answer('found') or lose(epoch, exact(seq))
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
markKeys()
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
  return seq >= floor and isWhole() and answer('found') or lose(epoch, exact(math.max(seq, floor)))
end
return answer('other')
`,
  ],
  ALL_KEYS,
);

/**
 * What may be left of a slot. A head that is gone, or is older than the rest, is found out from the rest: the money that is
 * known to be spent stays spent, and whoever is stopped stays stopped. A journal without a gap goes on where it ends; any
 * other begins anew, because no line could follow it.
 */
const REMAINS_PART = String.raw`
local function forgetLists(letters)
  for letter in string.gmatch(letters, '.') do
    command('ZREMRANGEBYLEX', INDEX, '[' .. letter, '(' .. string.char(string.byte(letter) + 1))
  end
end

-- Where the journal ends; answers whether it goes on. A line names the hash of the one before it, so that of the line before the first must be there.
local function findJournal()
  local first, last, isWholeJournal = stretchOf(JOURNAL)
  local firstLink, linked, areWholeLinks = stretchOf(LINKS)
  local follows = linked >= first - 1 and linked <= last and (linked == 0 or firstLink <= math.max(1, first - 1))
  if last > 0 and isWholeJournal and areWholeLinks and follows then
    local newest = command('XREVRANGE', JOURNAL, '+', '-', 'COUNT', 1)[1]
    seq, at = last, math.max(at, newest and tonumber(newest[2][2]) or 0)
    command('HSET', HEAD, 'linked', linked, 'trimmed', first - 1)
    return true
  end
  seq = 0
  command('DEL', JOURNAL, LINKS)
  command('HDEL', HEAD, 'linked', 'trimmed')
  forgetLists('dh')
  moveCursorsBack()
  return false
end

local function countMarks(mark)
  local count, place = 0, '0'
  repeat
    local page = command('HSCAN', COUNTERS, place, 'MATCH', string.rep('?', 22) .. mark, 'COUNT', 1000)
    place = page[1]
    count = count + #page[2] / 2
  until place == '0'
  return count
end

-- What is spent and held, who is stopped, and what comes to its end next; answers whether that is known. Without all of it
-- there are whole budgets.
local function findMoney()
  local isKnown = isMoneyThere()
  if not isKnown then
    command('DEL', CALLS, COUNTERS, DEADLINES, KEPT, APPROVALS, MOVES)
    forgetLists('anru')
  end
  local next = command('ZRANGE', DEADLINES, 0, 0, 'WITHSCORES')[2] or NEVER
  command('HSET', HEAD, 'due', next, 'frozen', countMarks('!'), 'revoked', countMarks('#'))
  return isKnown
end
`;

/**
 * Begins anew with what is there, because an operator said so. ARGV: 1 the epoch that was lost, 2 the one to begin, 3 the time of a
 * test or empty, 4 the facts of the entry, to which it adds what was `kept`, 5 hash of the active policies or empty, 6 the number of their activation. Answers
 * `begun`, or what it found instead.
 */
export const ACCEPT = script(
  'ends',
  [
    UNFENCED_PART,
    REMAINS_PART,
    String.raw`
if epoch or lost ~= ARGV[1] then
  return answer(epoch and 'found' or lost and 'lost' or 'absent')
end
local journal, budgets = findJournal() and 'kept' or 'anew', findMoney() and 'kept' or 'anew'
if ARGV[5] ~= '' and command('HEXISTS', HEAD, 'policies') == 0 then
  command('HSET', HEAD, 'policies', ARGV[5], 'activation', ARGV[6])
end
local found = ',"budgets":"' .. budgets .. '","journal":"' .. journal .. '"}'
return goOn(ARGV[2], ARGV[3], string.sub(ARGV[4], 1, -2) .. found)
`,
  ],
  ALL_KEYS,
);

/** All scripts about which data it is. */
export const EPOCH_SCRIPTS = [OPEN, EXAMINE, ACCEPT] as const;
