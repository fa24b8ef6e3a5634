/** What was put into an account before it is spent. */
export const ACCOUNTS_PART = String.raw`
-- What an account was funded with, what is spent and held of it, whether it is closed, and its currency.
local function accountOf(name)
  local field = name .. ':0 '
  local kept = command('HMGET', COUNTERS, field .. 'f', field .. 's', field .. 'h', field .. 'x', field .. 'c')
  return tonumber(kept[1] or 0), tonumber(kept[2] or 0), tonumber(kept[3] or 0), kept[4], kept[5]
end

-- Funds the account of a call. An id that is used anew sets aside anew: what its last use spent was settled with it.
local function setAside(name, units, currency)
  local field = name .. ':0 '
  command('HDEL', COUNTERS, field .. 's', field .. 'x')
  command('HSET', COUNTERS, field .. 'f', units, field .. 'c', currency)
end

-- Lets nothing more be held from what was set aside by a call. Records it the first time, with the facts of whoever
-- closed it; answers what was spent of it and what is held.
local function closeAccount(id, name, facts)
  local _, spent, held, closed = accountOf(name)
  if not closed then
    record('carve-out.closed', id, textOf({ spent, held }) .. '\n' .. facts)
    command('HSET', COUNTERS, name .. ':0 x', 1)
  end
  return spent, held
end
`;
