import { END_PARTS } from '../parts/index.ts';
import { SESSIONS_PART } from '../parts/sessions.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: how many calls may end.
local FORGOTTEN_AT_ONCE = 400
for _, member in ipairs(command('ZRANGEBYSCORE', KEPT, '-inf', '(' .. nowText, 'LIMIT', 0, FORGOTTEN_AT_ONCE)) do
  local name = string.sub(member, 2)
  if string.sub(member, 1, 1) == 'c' then
    command('HDEL', CALLS, 'c:' .. name, 'w:' .. name, 'd:' .. name)
  elseif string.sub(member, 1, 1) == 's' then
    forgetSession(name)
  end
  command('ZREM', KEPT, member)
end
return answer({ 'expired', 0, 0, expire(tonumber(ARGV[4])) })
`;

/** Ends what is past its deadline and forgets what need not be kept any more. */
export const EXPIRE = script('ends', [...END_PARTS, SESSIONS_PART, BODY]);
