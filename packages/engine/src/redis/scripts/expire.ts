import { END_PARTS } from '../parts/index.ts';
import { SESSIONS_PART } from '../parts/sessions.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: how many calls may end.
local FORGOTTEN_AT_ONCE = 400

-- A call is known as long as a further attempt of it is, and looked at again in an hour.
local LOOKED_AT_AGAIN_MS = 3600000
local function isAttemptedAgain(id)
  local of, number = string.match(id, '^(.+)%.([1-9]%d*)$')
  return command('HEXISTS', CALLS, 'c:' .. (of or id) .. '.' .. string.format('%d', (number or 1) + 1)) == 1
end

for _, member in ipairs(command('ZRANGEBYSCORE', KEPT, '-inf', '(' .. nowText, 'LIMIT', 0, FORGOTTEN_AT_ONCE)) do
  local name = string.sub(member, 2)
  local kind = string.sub(member, 1, 1)
  if kind == 'c' and isAttemptedAgain(name) then
    command('ZADD', KEPT, now + LOOKED_AT_AGAIN_MS, member)
  else
    if kind == 'c' then
      command('HDEL', CALLS, 'c:' .. name, 'w:' .. name, 'd:' .. name)
    elseif kind == 's' then
      forgetSession(name)
    end
    command('ZREM', KEPT, member)
  end
end
return answer({ 'expired', 0, 0, expire(tonumber(ARGV[4])) })
`;

/** Ends what is past its deadline and forgets what need not be kept any more. */
export const EXPIRE = script('ends', [...END_PARTS, SESSIONS_PART, BODY]);
