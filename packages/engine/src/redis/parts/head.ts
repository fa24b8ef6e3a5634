/** What every script begins with: the keys, the fence, the time, and how it writes to the journal and answers. */
export const HEAD_PART = String.raw`
local command = redis.call
local HEAD, CALLS, COUNTERS, JOURNAL, DEADLINES, KEPT = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local INDEX, APPROVALS, LINKS, REVISIONS = KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local DELIVERIES, QUEUE, MOVES = KEYS[11], KEYS[12], KEYS[13]
local NAME_LENGTH = 22

-- ARGV[1] names the data that the caller opened, ARGV[2] is the highest version that it was answered: a server that was
-- emptied, or that is behind what it has granted, judges nothing. Nor does one without any of three keys, which are there
-- from the first (the journal from its first entry) on.
local head = command('HMGET', HEAD, 'epoch', 'seq', 'at', 'due', 'frozen', 'policies', 'revoked')
if head[1] ~= ARGV[1] or tonumber(head[2]) < tonumber(ARGV[2])
  or command('EXISTS', CALLS, COUNTERS, JOURNAL) < (head[2] == '0' and 2 or 3) then
  return { 'fenced', 0, 0 }
end
local seq, due, frozen, policies, revoked = tonumber(head[2]), tonumber(head[4]), tonumber(head[5]), head[6], tonumber(head[7])
local seqBefore, dueBefore, frozenBefore, revokedBefore = seq, due, frozen, revoked

-- The server's own clock, or what a test says in ARGV[3]; never before the last entry.
local now = tonumber(ARGV[3])
if now == nil then
  local time = command('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
if now < tonumber(head[3]) then
  now = tonumber(head[3])
end

-- Redis writes numbers with 17 digits, which is exact to 2^53. 'tostring', '..' and 'cjson' keep 14 and are never used
-- for amounts and times.
local function exact(number)
  return string.format('%.0f', number)
end
local nowText = exact(now)

-- An amount in a reply. The client adds the code of a digit before it takes off that of zero, and so misreads whole
-- numbers within 49 of 2^53: those travel as text.
local MOST_TOLD = 9007199254740000
local function toldAmount(amount)
  return amount > MOST_TOLD and exact(amount) or amount
end

-- Appends a line to the journal, before anything else of what it tells: a journal that cannot be written, because it does
-- not end where the head says, changes no money either. It is linked by whoever reads it: Redis has no SHA-256, and linking the same lines in
-- the same order always gives the same chain.
local function record(type, callId, facts)
  command('XADD', JOURNAL, seq + 1, 'a', nowText, 't', type, 'c', callId, 'f', facts)
  seq = seq + 1
end

-- Lets the entry that was just recorded be found by a letter and a name.
local function index(letter, name)
  command('ZADD', INDEX, 0, letter .. name .. string.format('%016.0f', seq))
end

-- Every answer carries the version and the time. Whatever changes money writes an entry, so the version is the journal's.
local function answer(reply)
  if seq > seqBefore then
    command('HSET', HEAD, 'seq', seq, 'at', nowText)
  end
  if due ~= dueBefore or frozen ~= frozenBefore or revoked ~= revokedBefore then
    command('HSET', HEAD, 'due', due, 'frozen', frozen, 'revoked', revoked)
  end
  reply[2], reply[3] = seq, now
  return reply
end
`;
