/** How a call ends that has not started, because policy or an operator denies it now. */
export const CANCEL_PART = String.raw`
-- Returns the hold and cancels the approval. The caller keeps the row, and the denial.
local function cancel(id, row, code)
  if row[APPROVAL] and endApproval(row[APPROVAL], 'cancelled') then
    record('approval.cancelled', id, cjson.encode({ approval = row[APPROVAL], status = 'cancelled', code = code }))
  end
  record('call.released', id, cjson.encode({ reason = code }))
  returnHold(row)
  endCall(id, row, 'released')
end
`;
