import { END_PARTS } from '../parts/index.ts';
import { SESSIONS_PART } from '../parts/sessions.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- The ids of the attempts after and before that of an id, as 'nextAttemptId' and 'previousAttemptId' give them.
local function attemptsBeside(id)
  local of, number = string.match(id, '^(.+)%.([1-9]%d*)$')
  if not of or number == '1' then
    return id .. '.2'
  end
  return of .. '.' .. exact(number + 1), number == '2' and of or of .. '.' .. exact(number - 1)
end

-- Forgets a call that ended long ago, and after it the attempts before it that were kept for its sake. A call whose next
-- attempt is known is kept, and looked at again when that one is forgotten.
local function forgetCall(id)
  local after, before = attemptsBeside(id)
  command('ZREM', KEPT, 'c' .. id)
  if command('HEXISTS', CALLS, 'c:' .. after) == 1 then
    return
  end
  command('HDEL', CALLS, 'c:' .. id, 'w:' .. id, 'd:' .. id)
  local row = before and readCall(before)
  if row and row[ENDED_AT] and row[ENDED_AT] + KEPT_AFTER_END_MS < now then
    forgetCall(before)
  end
end

-- From 4: how many calls may end.
local FORGOTTEN_AT_ONCE = 400
for _, member in ipairs(command('ZRANGEBYSCORE', KEPT, '-inf', '(' .. nowText, 'LIMIT', 0, FORGOTTEN_AT_ONCE)) do
  local name = string.sub(member, 2)
  if string.sub(member, 1, 1) == 'c' then
    forgetCall(name)
  elseif string.sub(member, 1, 1) == 's' then
    forgetSession(name)
    command('ZREM', KEPT, member)
  end
end
return answer({ 'expired', 0, 0, expire(tonumber(ARGV[4])) })
`;

/** Ends what is past its deadline and forgets what need not be kept any more. */
export const EXPIRE = script('ends', [...END_PARTS, SESSIONS_PART, BODY]);
