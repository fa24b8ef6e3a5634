/**
 * What is kept of a call. `c:id` is the row that scripts read and write, `w:id` the caller's own words, which no script
 * looks into, `d:id` why it was denied, and `f:fingerprint` the open call of a fingerprint.
 */
export const CALL_ROWS_PART = String.raw`
-- A row is packed in this order, with false for what there is none of.
local STATE, ATTEMPT, CREATED, DEADLINE, ENDED_AT, APPROVAL, REQUEST, FINGERPRINT, CHARGES = 1, 2, 3, 4, 5, 6, 7, 8, 9
-- Place: what orders calls of one deadline. Extension: the last one, as the caller said it. Carved: name of the account.
local PLACE, SUBJECTS, DENIED, CHARGED, EXTENSION, CARVED = 10, 11, 12, 13, 14, 15

-- How long an ended call answers repeats of its id.
local KEPT_AFTER_END_MS = 259200000

-- Digits of a place: calls of one deadline are in the order of their reservations.
local PLACE_LENGTH = 16

-- A row of a call that only was reserved so far may be three values, so that calls that are reserved together share two of
-- them, packed: what is its own (attempt, hash, fingerprint, place), its charges, and what it shares (state, created,
-- deadline, subjects).
local function readCall(id)
  local kept = command('HGET', CALLS, 'c:' .. id)
  if not kept then
    return nil
  end
  local row, charges, shared = cmsgpack.unpack(kept)
  if not shared then
    return row
  end
  return { shared[1], row[1], shared[2], shared[3], false, false, row[2], row[3], charges, row[4], shared[4], false, false, false, false }
end

local function keepCall(id, row)
  command('HSET', CALLS, 'c:' .. id, cmsgpack.pack(row))
end

local function dueBy(deadline)
  if deadline < due then
    due = deadline
  end
end

local function setDeadline(id, row, deadline)
  row[DEADLINE] = deadline
  command('ZADD', DEADLINES, deadline, row[PLACE] .. id)
  dueBy(deadline)
end

-- Defined by scripts that write later what they changed: it is written before anybody else looks at it.
local writeAll
`;

/** How a call ends, and what is told of it. */
export const CALL_ENDS_PART = String.raw`
local function clearDeadline(id, row)
  if row[DEADLINE] then
    row[DEADLINE] = false
    command('ZREM', DEADLINES, row[PLACE] .. id)
  end
end

-- Its money stays held, and no timer ends it.
local function leaveUnresolved(id, row)
  row[STATE] = 'unresolved'
  clearDeadline(id, row)
  command('ZADD', INDEX, 0, 'u' .. row[PLACE] .. id)
end

local function endCall(id, row, state)
  if row[STATE] == 'unresolved' then
    command('ZREM', INDEX, 'u' .. row[PLACE] .. id)
  end
  row[STATE], row[ENDED_AT] = state, now
  clearDeadline(id, row)
  command('ZADD', KEPT, now + KEPT_AFTER_END_MS, 'c' .. id)
  local field = row[FINGERPRINT] and 'f:' .. row[FINGERPRINT]
  if field and command('HGET', CALLS, field) == id then
    command('HDEL', CALLS, field)
  end
end

-- All that the caller is told of a call.
local function told(id, row)
  local words = command('HMGET', CALLS, 'w:' .. id, 'd:' .. id)
  return { id, row[STATE], row[ATTEMPT], row[CREATED], row[DEADLINE] or -1, row[ENDED_AT] or -1, row[APPROVAL] or '',
    row[REQUEST], row[FINGERPRINT] or '', row[DENIED] or '', row[CHARGED] or '', row[EXTENSION] or '', words[1] or '',
    row[DENIED] == 'kept' and words[2] or '' }
end
`;

/** Both. */
export const CALLS_PART = `${CALL_ROWS_PART}${CALL_ENDS_PART}`;
