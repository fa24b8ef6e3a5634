import { createHash } from 'node:crypto';
import type { Approval } from '@torii/engine';
import type { Reply } from '@torii/engine/http';
import { isoText } from './approval-faces.ts';
import { Markup, markup } from './markup.ts';

const STYLE = `
:root { color-scheme: light dark; --edge: #8886; --ink: #1b1f24; --paper: #fff; --soft: #f3f4f6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #15181c; --soft: #20252b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; margin: 1rem 0; }
dt { opacity: 0.75; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; padding: 0.75rem; max-height: 60vh; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); border: 1px solid var(--edge); border-radius: 0.4rem; font-size: 0.9rem; }
.note { padding: 0.75rem; border-left: 0.3rem solid #2f6fd0; background: var(--soft); }
textarea { display: block; width: 100%; margin: 0.25rem 0 1rem; padding: 0.6rem; font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--edge); border-radius: 0.4rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.75rem; }
button { flex: 1 1 9rem; min-height: 3rem; font: inherit; font-weight: 600; border-radius: 0.4rem; border: 1px solid transparent; cursor: pointer; }
.approve { background: #17693a; color: #fff; }
.deny { background: #a4262c; color: #fff; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; } }
`;

/** Put in as it is: its hash is in the policy. */
const style = Markup.of([`<style>${STYLE}</style>`], []);
const styleHash = createHash('sha256').update(STYLE).digest('base64');

/**
 * Nothing is loaded, no script runs, no page frames it, and its form goes nowhere else. The address holds the token, so it
 * is told to nobody.
 */
const headers: Reply['headers'] = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** What is said on top of an approval. */
export interface PageFacts {
  /** Whose link it is. */
  readonly approver: string;
  readonly note?: string;
}

/** A page with an approval, and with the form where it can still be decided. */
export function approvalPage(status: number, approval: Approval, { approver, note }: PageFacts): Reply {
  const { action } = approval;
  const hasVoted = approval.votes.some((vote) => vote.approver === approver || vote.standsFor === approver);
  // Who agreed before an escalation named them too may make it enough by agreeing again.
  const namedLater = approval.quorums.some(({ escalations }) =>
    escalations.some(({ approvers }) => approvers.includes(approver)),
  );
  const isOpen = approval.status === 'pending' && (!hasVoted || namedLater);
  const told = note === undefined ? undefined : markup`<p class="note" role="status">${note}</p>`;
  return page(
    status,
    titles[approval.status],
    markup`${told}
<dl>
${rows(approval)}</dl>
<h2 id="what">What it does</h2>
<pre tabindex="0" aria-labelledby="what">${laidOut(action.arguments)}</pre>
<h2>Who decides</h2>
<p>${neededBy(approval)}</p>
${votesOf(approval)}
${isOpen ? form(approver) : undefined}`,
  );
}

/** A page with a sentence. */
export function messagePage(status: number, title: string, text: string): Reply {
  return page(status, title, markup`<p>${text}</p>`);
}

function page(status: number, title: string, content: Markup): Reply {
  const { text } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${style}
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
  return { status, headers, body: text };
}

const titles: Readonly<Record<Approval['status'], string>> = {
  pending: 'May this happen?',
  approved: 'This is approved',
  denied: 'This is denied',
  expired: 'The time to decide is over',
  cancelled: 'The question was withdrawn',
};

function rows({ action, quorums, expiresAt }: Approval): readonly Markup[] {
  const { agent, owner, tenant, tool, price, payee } = action;
  const why = [...new Set(quorums.map(({ reason }) => reason))].join('; ');
  const paid = Object.entries(payee).map(([name, value]) => `${name} ${String(value)}`);
  return [
    row('Tool', tool),
    row('Price', price),
    row('Paid to', paid.length === 0 ? 'nobody is named' : paid.join(', ')),
    row('Agent', agent),
    row('Owner', owner),
    row('Tenant', tenant),
    row('Asked because', why),
    row('Decide until', clockText(expiresAt)),
  ];
}

function row(name: string, value: string): Markup {
  return markup`<dt>${name}</dt><dd>${value}</dd>\n`;
}

function neededBy({ quorums, createdAt }: Approval): string {
  const clauses = quorums.map(({ require, approvers, escalations }) => {
    const later = escalations.map(
      (step) => `; from ${clockText(createdAt + step.afterMs)} also ${step.approvers.join(', ')}`,
    );
    return `${require} of ${approvers.join(', ')}${later.join('')}`;
  });
  return clauses.join('; and ');
}

function votesOf({ votes }: Approval): Markup {
  if (votes.length === 0) return markup`<p>Nobody has answered yet.</p>`;
  const cast = votes.map(({ approver, standsFor, verdict, comment, at }) => {
    const who = standsFor === undefined ? approver : `${approver}, for ${standsFor}`;
    const did = verdict === 'approve' ? 'approved' : 'denied';
    const said = comment === undefined ? '' : `: ${comment}`;
    return markup`<li>${`${who}, ${did} on ${clockText(at)}${said}`}</li>\n`;
  });
  return markup`<ul>\n${cast}</ul>`;
}

/** Sent to the address of the page itself, so that the link is its only credential. */
function form(approver: string): Markup {
  return markup`<form method="post">
<p>You answer as ${approver}.</p>
<label for="comment">Comment (optional)</label>
<textarea id="comment" name="comment" rows="2" maxlength="1000"></textarea>
<div class="buttons">
<button class="approve" name="decision" value="approve">Approve</button>
<button class="deny" name="decision" value="deny">Deny</button>
</div>
</form>`;
}

/** JSON as people read it; as it is where it is none. */
function laidOut(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}

function clockText(atMs: number): string {
  return `${isoText(atMs).slice(0, 16).replace('T', ' ')} UTC`;
}
