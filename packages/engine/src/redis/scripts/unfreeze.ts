import { HEAD_PART } from '../parts/head.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: name of the budget, facts.
if frozen == 0 or command('HEXISTS', COUNTERS, ARGV[4] .. '!') == 0 then
  return answer({ 'unfrozen', 0, 0, 0 })
end
record('budget.unfrozen', '', ARGV[5])
command('HDEL', COUNTERS, ARGV[4] .. '!')
frozen = frozen - 1
return answer({ 'unfrozen', 0, 0, 1 })
`;

/** Lifts the freeze of a budget. */
export const UNFREEZE = script('ends', [HEAD_PART, BODY]);
