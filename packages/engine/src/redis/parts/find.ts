/** How a call that is asked for is found again, and whether it may be granted. */
export const FIND_PART = String.raw`
-- Four names of 22 characters are those of a caller: its tenant, owner, agent and session.
local AGENT_FROM, AGENT_TO, SESSION_FROM = 45, 66, 67

-- The call that a request repeats, as it is now, with its id: the one of the id, else the open one of the fingerprint.
-- The third is what is left of an earlier use of the id that was taken back.
local function find(id, print)
  local row = current(id)
  if row and row[STATE] ~= 'withdrawn' then
    return row, id
  end
  local open = print ~= '' and command('HGET', CALLS, 'f:' .. print)
  local joined = open and current(open)
  if joined and not joined[ENDED_AT] then
    return joined, open, row
  end
  return nil, id, row
end

-- Lists of charges that no account is among.
local plain = {}

-- What was set aside is out of reach past its time, whether or not anybody has swept since.
local function closeLapsed(charges)
  if plain[charges] then
    return
  end
  plain[charges] = true
  for at = 1, #charges, PARTS do
    if isAccount(charges, at) then
      plain[charges] = false
      if writeAll then
        writeAll()
      end
      if string.sub(charges[at + LIMIT], 1, 1) == 'c' then
        current(string.sub(charges[at + LIMIT], 2))
      end
    end
  end
end

-- How many expired holds are cleared on the way, and how many at once where there is no room.
local CLEARED_ON_THE_WAY, CLEARED_FOR_ROOM = 20, 100

-- Judges until there is room or nothing is left that only an expired hold takes. 'judge' reads what it judges anew; 'asked' is told to it.
local function judgeWithRoom(charges, judge, asked)
  closeLapsed(charges)
  expire(CLEARED_ON_THE_WAY)
  local fits, buckets, kept = judge(charges, asked)
  while not fits and expire(CLEARED_FOR_ROOM) > 0 do
    fits, buckets, kept = judge(charges, asked)
  end
  return fits, buckets, kept
end

-- Why nothing is granted, as figures that whoever reads them makes sentences of: when, how the budgets and the rates stand,
-- and who is revoked, as the JSON that was told of it, and why.
local function figuresOf(budgets, rates, subject, why)
  return '[' .. nowText .. ',' .. textOf(budgets) .. ',' .. textOf(rates) .. ',' .. (subject or 'null') .. ','
    .. cjson.encode(why or '') .. ']'
end

-- Whether another set of policies is active than the one that decided.
local function isStale(decidedBy)
  return decidedBy ~= '' and policies and policies ~= decidedBy
end
`;
