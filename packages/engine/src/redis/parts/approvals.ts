/**
 * What is kept of an approval. `o:id` is the question as it was asked, which no script looks into, and `s:id` what
 * became of it. Uses only names of the head, so that every script that ends calls can end their approvals.
 */
export const APPROVALS_PART = String.raw`
local function readApproval(id)
  local kept = command('HGET', APPROVALS, 's:' .. id)
  return kept and cmsgpack.unpack(kept) or nil
end

-- Every list that an approval is in, newest last: all of them, those of its status, and both for each person it names.
local function listsOf(id, approval)
  local letter, entry = string.sub(approval.status, 1, 1), approval.place .. id
  local members = { 'aa' .. entry, 'as' .. letter .. entry }
  for at = 1, #approval.approvers, NAME_LENGTH do
    local name = string.sub(approval.approvers, at, at + NAME_LENGTH - 1)
    members[#members + 1] = 'ap' .. name .. entry
    members[#members + 1] = 'aq' .. name .. letter .. entry
  end
  return members
end

-- Changes an approval and whatever lists it. The revision tells whoever decided by the approval as it was.
local function changeApproval(id, approval, changes)
  for _, member in ipairs(listsOf(id, approval)) do
    command('ZREM', INDEX, member)
  end
  for name, value in pairs(changes) do
    approval[name] = value
  end
  approval.revision = approval.revision + 1
  for _, member in ipairs(listsOf(id, approval)) do
    command('ZADD', INDEX, 0, member)
  end
  command('HSET', APPROVALS, 's:' .. id, cmsgpack.pack(approval))
end

-- One line of a text, and where the next one begins.
local function lineAt(text, from)
  local stop = string.find(text, '\n', from, true)
  return string.sub(text, from, stop - 1), stop + 1
end

-- Opens what the caller put into one text: the names of who may decide, the name of the session, the hash of the
-- action, the facts of the entry, the question and, last because it may be any text, the id. An id that is known is of
-- a call that was taken back and asked for anew: it keeps its place among the others.
local function openApproval(text, callId, expires)
  local approvers, session, action, facts, question, from
  approvers, from = lineAt(text, 1)
  session, from = lineAt(text, from)
  action, from = lineAt(text, from)
  facts, from = lineAt(text, from)
  question, from = lineAt(text, from)
  local id = string.sub(text, from)
  record('approval.created', callId, facts)
  local known = readApproval(id)
  local approval = known or { revision = 0, place = string.format('%016.0f', seq), status = 'pending', approvers = '' }
  command('HSET', APPROVALS, 'o:' .. id, question)
  changeApproval(id, approval, { status = 'pending', created = now, expires = expires, resolved = false, call = callId,
    approvers = approvers, session = session, action = action, votes = '[]' })
  return id
end

-- Ends an approval with its call, which records that. Answers whether there is one.
local function endApproval(id, status)
  local approval = readApproval(id)
  if not approval then
    return false
  end
  changeApproval(id, approval, { status = status, resolved = now })
  return true
end

-- The status and the hash of the action; nothing for an id that is not known.
local function standingOf(id)
  local approval = readApproval(id)
  if approval then
    return approval.status, approval.action
  end
end

-- All that the caller is told of an approval that is known.
local function toldApproval(id)
  local approval = readApproval(id)
  return { command('HGET', APPROVALS, 'o:' .. id), approval.status, approval.created, approval.expires,
    approval.resolved or -1, approval.call, approval.votes }
end
`;
