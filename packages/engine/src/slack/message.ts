import type { Approval } from '../nouns/approval.ts';
import { code, codeBlocks } from './mrkdwn.ts';

/** A block of Slack's Block Kit. */
export type SlackBlock = Readonly<Record<string, unknown>> & { readonly type: string };

/** What `chat.postMessage` takes besides a channel, and a `response_url` besides what to replace. */
export interface SlackMessage {
  /** For notifications, and for clients that show no blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** The ids of the two buttons, and what each says. */
export const buttons: ReadonlyMap<string, 'approve' | 'deny'> = new Map([
  ['torii_approve', 'approve'],
  ['torii_deny', 'deny'],
]);

/** Slack takes 3,000 characters in a section, and 50 blocks in a message. */
const BLOCK = 2_900;
const MOST_BLOCKS = 12;
const MOST_VOTES = 20;
const HEADER = 150;

/** Slack takes 2,000 characters in a field. */
const LONG = 1_500;

const titles: Readonly<Record<Approval['status'], string>> = {
  pending: 'May this happen?',
  approved: 'Approved',
  denied: 'Denied',
  expired: 'The time to decide is over',
  cancelled: 'The question was withdrawn',
};

/**
 * An approval as a message with two buttons, or without them once it is decided. Everything in it is escaped: it mentions
 * nobody and formats nothing. Arguments that are too long to show leave only the button that denies, because nobody should
 * approve in a chat what the chat does not show.
 */
export function approvalMessage(approval: Approval): SlackMessage {
  const { action, status } = approval;
  const title = `${titles[status]} ${action.tool}`.slice(0, HEADER);
  const blocks = codeBlocks(action.arguments, { size: BLOCK, most: MOST_BLOCKS });
  const shown = blocks ?? ['What it does is too long to show here. Look at it elsewhere before you decide.'];
  return {
    text: `${titles[status]} ${code(action.tool)} for ${code(action.price)}, asked by ${code(action.agent)}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
      { type: 'section', fields: fieldsOf(approval).map(mrkdwn) },
      section(`*Asked because*\n${reasonsOf(approval)}`),
      ...shown.map(section),
      ...votesOf(approval),
      ...(status === 'pending' ? [buttonsOf(approval, blocks !== undefined)] : []),
    ],
  };
}

function fieldsOf({ action, expiresAt, quorums }: Approval): readonly string[] {
  const { agent, owner, tenant, tool, price, payee } = action;
  const paid = Object.entries(payee).map(([name, value]) => `${name} ${String(value)}`);
  const needed = quorums.map(({ require, approvers }) => `${require} of ${code(approvers.join(', '))}`);
  return [
    field('Tool', code(tool)),
    field('Price', code(price)),
    field('Paid to', paid.length === 0 ? 'nobody is named' : code(paid.join(', '), LONG)),
    field('Agent', code(agent)),
    field('Owner', code(owner)),
    field('Tenant', code(tenant)),
    field('Who decides', needed.slice(0, 3).join('; and ')),
    field('Decide until', slackTime(expiresAt)),
  ];
}

function reasonsOf({ quorums }: Approval): string {
  const reasons = [...new Set(quorums.map(({ reason }) => reason))];
  return reasons
    .slice(0, 4)
    .map((reason) => code(reason))
    .join('\n');
}

function votesOf({ votes }: Approval): readonly SlackBlock[] {
  return votes.slice(-MOST_VOTES).map(({ approver, standsFor, verdict, comment }) => {
    const who = standsFor === undefined ? code(approver) : `${code(approver)}, for ${code(standsFor)}`;
    const said = comment === undefined ? '' : `: ${code(comment)}`;
    const did = verdict === 'approve' ? 'approved' : 'denied';
    return { type: 'context', elements: [mrkdwn(`${who} ${did}${said}`)] };
  });
}

/** The value is what was shown; who presses is known from Slack alone. */
function buttonsOf({ id, actionHash, action }: Approval, mayApprove: boolean): SlackBlock {
  const value = JSON.stringify({ approvalId: id, actionHash, tenant: action.tenant });
  const elements = [
    { action_id: 'torii_approve', style: 'primary', label: 'Approve' },
    { action_id: 'torii_deny', style: 'danger', label: 'Deny' },
  ].map(({ label, ...button }) => {
    return { type: 'button', ...button, text: { type: 'plain_text', text: label, emoji: false }, value };
  });
  return { type: 'actions', elements: mayApprove ? elements : elements.slice(1) };
}

function field(name: string, value: string): string {
  return `*${name}*\n${value}`;
}

function section(text: string): SlackBlock {
  return { type: 'section', text: mrkdwn(text) };
}

/** `verbatim` keeps Slack from turning addresses and names into links. */
function mrkdwn(text: string): SlackBlock {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** In the zone of whoever reads it. */
function slackTime(atMs: number): string {
  const plain = `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(atMs / 1_000)}^{date_short} {time}|${plain}>`;
}
