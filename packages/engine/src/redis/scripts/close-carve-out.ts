import { END_PARTS } from '../parts/index.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: id of the call, facts.
local id = ARGV[4]
local row = readCall(id)
if not row or not row[CARVED] then
  return answer({ 'not-carved' })
end
closeAccount(id, row[CARVED], ARGV[5])
local funds, spent, held, closed, currency = accountOf(row[CARVED])
return answer({ 'closed', 0, 0, told(id, row), currency, toldAmount(funds), toldAmount(spent), toldAmount(held),
  closed and 1 or 0 })
`;

/** Lets nothing more be held from what a call set aside. */
export const CLOSE_CARVE_OUT = script('ends', [...END_PARTS, BODY]);
