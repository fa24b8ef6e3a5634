/** How a call ends whose time is up. */
export const LATE_PART = String.raw`
-- Ends a call past its deadline. Money that may have left is never returned by a timer.
local function expireCall(id, row)
  if row[STATE] == 'carved' then
    closeAccount(id, row[CARVED], '{}')
    record('call.unresolved', id, '{"reason":"what was set aside is past its time"}')
    leaveUnresolved(id, row)
    return keepCall(id, row)
  end
  if row[STATE] == 'started' then
    record('call.unresolved', id, '{"reason":"no end was reported in time"}')
    leaveUnresolved(id, row)
    return keepCall(id, row)
  end
  if row[APPROVAL] and endApproval(row[APPROVAL], 'expired') then
    record('approval.expired', id, cjson.encode({ approval = row[APPROVAL], status = 'expired' }))
  end
  record('call.expired', id, '{}')
  returnHold(row)
  endCall(id, row, 'expired')
  keepCall(id, row)
end
`;

/** How calls end whose time is up, at most so many at once. */
export const EXPIRE_PART = String.raw`
-- Ends at most 'limit' calls past their deadline; answers how many.
local function expire(limit)
  if due > now then
    return 0
  end
  if writeAll then
    writeAll()
  end
  local late = command('ZRANGEBYSCORE', DEADLINES, '-inf', nowText, 'LIMIT', 0, limit)
  for _, member in ipairs(late) do
    local id = string.sub(member, PLACE_LENGTH + 1)
    expireCall(id, readCall(id))
  end
  due = tonumber(command('ZRANGE', DEADLINES, 0, 0, 'WITHSCORES')[2]) or 9007199254740991
  return #late
end

-- The call as it is now: past its deadline it ends before anybody looks at it.
local function current(id)
  local row = readCall(id)
  if row and row[DEADLINE] and now >= row[DEADLINE] then
    expireCall(id, row)
  end
  return row
end
`;
