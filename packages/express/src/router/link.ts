import { type Approval, type Denial, ToriiError } from '@torii/engine';
import type { Reply } from '@torii/engine/http';
import { mediaTypeOf } from './body.ts';
import { formFields } from './form.ts';
import { approvalPage, messagePage } from './link-page.ts';
import { readQuery } from './query.ts';
import type { Visit } from './visit.ts';

/** What a signed link lets its holder see and decide. */
interface Opened {
  readonly token: string;
  readonly approver: string;
  readonly actionHash: string;
  readonly where: { readonly approvalId: string; readonly tenant?: string };
}

/** Shows the approval of a signed link to whoever opens it, and a form that decides. Decides nothing itself. */
export function showByLink(visit: Visit): Promise<Reply> {
  return orUnavailable('It cannot be said how this stands now. Nothing was decided.', async () => {
    const opened = await open(visit);
    if (opened === undefined) return badLink();
    const { token: credential, where, approver } = opened;
    const approval = await visit.torii.approvals.get({ credential, ...where });
    return approval === undefined || 'kind' in approval
      ? badLink()
      : approvalPage(200, approval, { approver });
  });
}

/** Counts the vote that the form of the page sends. The link that is its address says who votes, and on what. */
export function decideByLink(visit: Visit): Promise<Reply> {
  return orUnavailable(MAYBE_COUNTED, async () => {
    const opened = await open(visit);
    if (opened === undefined) return badLink();
    if (mediaTypeOf(visit.request) !== 'application/x-www-form-urlencoded')
      return messagePage(415, 'Nothing was decided', 'Expected the form of this page.');
    const fields = await formFields(visit.request, ['decision', 'comment']);
    const { decision, comment = '' } = fields ?? {};
    if (decision !== 'approve' && decision !== 'deny')
      return messagePage(400, 'Nothing was decided', 'Expected one of the two buttons of this page.');
    const { token: credential, actionHash, where, approver } = opened;
    const answer = await visit.torii.approvals.decide({
      credential,
      ...where,
      verdict: decision,
      actionHash,
      ...(comment.trim() === '' ? {} : { comment }),
    });
    if (answer.kind === 'denied') return deniedPage(answer);
    if (answer.kind === 'counted')
      return approvalPage(200, answer.approval, { approver, note: countedNote(decision, answer.approval) });
    const approval = await visit.torii.approvals.get({ credential, ...where });
    const refusal = refusals[answer.code];
    if (approval === undefined || 'kind' in approval) return badLink();
    return approvalPage(answer.code === 'NOT_AN_APPROVER' ? 403 : 409, approval, { approver, note: refusal });
  });
}

/** Who a link is for; undefined for what is no link, also for other tokens: those do not belong into an address. */
async function open({ torii, request }: Visit): Promise<Opened | undefined> {
  const query = readQuery(request, ['token']);
  const token = query.kind === 'query' ? query.values.token : undefined;
  if (token === undefined) return undefined;
  const person = await torii.people.identify(token);
  if ('kind' in person || person.only === undefined) return undefined;
  const { id: approver, only, tenant } = person;
  const where = { approvalId: only.approvalId, ...(tenant === undefined ? {} : { tenant }) };
  return { token, approver, actionHash: only.actionHash, where };
}

const refusals = {
  APPROVAL_NOT_FOUND: 'There is no such approval any more. Nothing was decided.',
  NOT_AN_APPROVER: 'You are not asked to decide this any more. Nothing was decided.',
  APPROVAL_RESOLVED: 'Somebody decided this before you. Your answer was not counted.',
  ACTION_CHANGED: 'The action has changed since this link was made. Nothing was decided.',
  ALREADY_VOTED: 'You have answered this before, or somebody did in your place. That answer counts.',
} as const;

function countedNote(decision: 'approve' | 'deny', { status }: Approval): string {
  if (decision === 'deny') return 'You denied this. It will not happen.';
  if (status === 'approved') return 'You approved this. It may happen now.';
  return 'Your approval counts. Others have to approve too.';
}

/** A store that answers too late may have counted the vote all the same. */
const MAYBE_COUNTED =
  'It cannot be said now whether your answer counted. Give it again in a moment: the same answer counts once.';

async function orUnavailable(text: string, page: () => Promise<Reply>): Promise<Reply> {
  try {
    return await page();
  } catch (error) {
    if (!ToriiError.is(error) || error.code !== 'STORE_UNAVAILABLE') throw error;
    return messagePage(503, 'Try again later', text);
  }
}

function deniedPage({ code }: Denial): Reply {
  return code === 'STORE_UNAVAILABLE' ? messagePage(503, 'Try again later', MAYBE_COUNTED) : badLink();
}

function badLink(): Reply {
  const text = 'It may be too old, or the question it was for is gone. Ask for a new one.';
  return messagePage(401, 'This link does not work', text);
}
