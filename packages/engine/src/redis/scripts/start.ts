import { ENTRY_PARTS } from '../parts/index.ts';
import { CANCEL_PART } from '../parts/cancel.ts';
import { FIND_PART } from '../parts/find.ts';
import { script } from '../script.ts';

const BODY = String.raw`
-- From 4: id, hash of the action, how long it may run, policies, attempt.
local id, actionHash, deadline, decidedBy, attempt = ARGV[4], ARGV[5], now + ARGV[6], ARGV[7], ARGV[8]
local row = current(id)
if not row then
  return answer({ 'unknown-call' })
end
if row[STATE] == 'started' and row[ATTEMPT] == attempt then
  return answer({ 'started', 0, 0, told(id, row), statusOf(row[CHARGES], readBudgets(row[CHARGES], {}, 0)) })
end
if row[STATE] ~= 'held' and row[STATE] ~= 'waiting' then
  return answer({ 'not-startable', 0, 0, told(id, row) })
end
if isStale(decidedBy) then
  return answer({ 'stale-policies', 0, 0, policies })
end

-- Ends the call for good; 'why' is how the row says it.
local function cancelled(code, why)
  cancel(id, row, code)
  row[DENIED] = why
  keepCall(id, row)
  return answer({ 'not-startable', 0, 0, told(id, row) })
end

local subject, reason = revokedSubject(row[SUBJECTS], row[CHARGES])
if subject then
  command('HSET', CALLS, 'd:' .. id, figuresOf({}, {}, subject, reason))
  return cancelled('REVOKED', 'kept')
end
local status, asked
if row[APPROVAL] then
  status, asked = standingOf(row[APPROVAL])
end
if status and asked ~= actionHash then
  return cancelled('APPROVAL_MISMATCH', 'mismatch')
end
if status == 'pending' then
  return answer({ 'waiting', 0, 0, toldApproval(row[APPROVAL]) })
end
if row[STATE] == 'waiting' and status ~= 'approved' then
  return answer({ 'not-startable', 0, 0, told(id, row) })
end

record('call.started', id, status and cjson.encode({ approval = row[APPROVAL] }) or '{}')
row[STATE], row[ATTEMPT] = 'started', attempt
setDeadline(id, row, deadline)
keepCall(id, row)
return answer({ 'started', 0, 0, told(id, row), statusOf(row[CHARGES], readBudgets(row[CHARGES], {}, 0)) })
`;

/** Starts a call that is held, or that waited until it was approved. */
export const START = script('ends', [...ENTRY_PARTS, FIND_PART, CANCEL_PART, BODY]);
