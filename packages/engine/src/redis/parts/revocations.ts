/** Who may not spend: the field `name#` of a subject, kept until it is restored. */
export const REVOCATIONS_PART = String.raw`
local function readRevocation(name)
  local kept = command('HGET', COUNTERS, name .. '#')
  return kept and cmsgpack.unpack(kept) or nil
end
`;

/** Whether a call may go on that asks to spend. Comes after the parts that read calls and charges. */
export const REVOKED_PART = String.raw`
-- The revocation of the widest subject of a caller that is revoked: its tenant, owner, agent or session. 'subjects' is the
-- names of the four in one text.
local function revocationOf(subjects)
  for kind = 0, 3 do
    local known = readRevocation(string.sub(subjects, kind * NAME_LENGTH + 1, (kind + 1) * NAME_LENGTH))
    if known then
      return known
    end
  end
  return nil
end

-- Adds the calls that set aside what is charged to a list, each once.
local function addFunders(charges, funders, isListed)
  for at = 1, #charges, PARTS do
    if isAccount(charges, at) and string.sub(charges[at + LIMIT], 1, 1) == 'c' then
      local id = string.sub(charges[at + LIMIT], 2)
      if not isListed[id] then
        funders[#funders + 1], isListed[id] = id, true
      end
    end
  end
end

-- Who is revoked, as the JSON that was told of it, and why: of the caller, else of whoever set aside what is charged, the
-- nearest first. Nothing where none is.
-- INVARIANT: where rows are written later, closeLapsed has had them written before.
local function revokedSubject(subjects, charges)
  if revoked == 0 then
    return nil
  end
  local known, funders, isListed, place = revocationOf(subjects), {}, {}, 0
  addFunders(charges, funders, isListed)
  while not known and place < #funders do
    place = place + 1
    local row = readCall(funders[place])
    if row and row[CARVED] then
      known = revocationOf(row[SUBJECTS])
      addFunders(row[CHARGES], funders, isListed)
    end
  end
  if known then
    return known.subject, known.reason
  end
  return nil
end
`;
