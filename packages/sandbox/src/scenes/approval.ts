import { type Script, say, use } from '../agent/script.ts';
import { callTool } from '../agent/call-tool.ts';
import { budgetOf, standingOf } from '../agent/standing.ts';
import type { CallEvent } from '../timeline/event.ts';
import { priceOf } from '../tools/catalogue.ts';
import { decide, reasonOf, sendTampered } from './inbox.ts';
import type { Notes } from './notes.ts';
import { type Check, type Play, same, type Scene } from './play.ts';
import { callsOf } from './refusals.ts';
import { reportText } from './report-text.ts';

const PUBLISH = `Write the report now, in markdown: how many packages, how many under each licence, which run install
scripts, who depends on zod, the size of our own packages, what the documentation says, what you could not find out.
Publish it with \`publish\`. If a person has to approve, say so and stop.`;

/** A person has to approve; meanwhile the money stays held, and the call is resumed by repeating it. */
export const approval: Scene = async (play) => {
  const { timeline, conversation } = play;
  timeline.scene({
    title: 'A person has to approve',
    why: `Publishing costs ${priceOf('publish')}, above what this agent may spend alone. The call waits with its money held, a signed webhook tells the people, and one of them decides.`,
  });
  timeline.note('agent', await conversation.ask(PUBLISH));
  const asked = callsOf(play, 'publish').find(({ verdict }) => verdict === 'waiting');
  if (asked?.callId === undefined) return [same('publishing waited for a person', asked?.verdict, 'waiting')];
  const inbox = await personDecides(play, asked.callId);
  timeline.note('agent', await conversation.ask('The report was approved. Call `publish` again.'));
  return [...inbox, ...(await resumed(play, asked)), ...(await repeatedOnceMore(play))];
};

/** What the scripted agent does for it. */
export function* approvalScript(notes: Notes): Script {
  const markdown = reportText(notes);
  const first = yield* use('publish', { markdown });
  if (first.status < 400) {
    yield* say('The report is published.');
    return;
  }
  yield* say('A person has to approve this; I wait.');
  const { status } = yield* use('publish', { markdown });
  yield* say(status < 400 ? 'The report is published.' : 'The report was not published.');
}

async function personDecides({ stage, timeline }: Play, callId: string): Promise<readonly Check[]> {
  const { receiver, approver, reporter } = stage;
  const record = await stage.torii.calls.get(callId);
  const approvalId = record?.approvalId ?? '';
  const shown = `${approvalId.slice(0, 12)}...`;
  const held = budgetOf(await standingOf({ url: stage.url, token: reporter.token }), 'session').held;
  timeline.note('torii', `holds ${held} USD of the session while the person thinks`);

  const created = await receiver.expect('approval.created', approvalId);
  const { payload, rawBody, signature } = created;
  timeline.note(
    'webhook',
    `${payload.event}, ${rawBody.length} bytes; ${signature.slice(0, 19)}... verifies over the raw body`,
  );
  const tampered = await sendTampered(receiver.endpoint, created);
  timeline.note('webhook', `a copy with the amount changed and the same signature is answered ${tampered}`);

  const self = await decide(stage, { token: reporter.token, approval: payload.approval });
  timeline.note('report-agent', `tries to approve its own call: ${self.status} ${self.code ?? ''}`);
  timeline.note(approver.id, `GET /torii/approvals/${shown}: ${await reasonOf(stage, approvalId)}`);
  const vote = await decide(stage, { token: approver.token, approval: payload.approval });
  timeline.note(approver.id, `POST /torii/approvals/${shown}/decision: ${vote.status} ${vote.approval}`);
  const approved = await receiver.expect('approval.approved', approvalId);
  timeline.note('webhook', `${approved.payload.event}, signed as well`);
  return [
    same('the webhook about the approval arrived signed', payload.approval.callId, callId),
    same('a tampered webhook was refused', tampered, 401),
    same('an agent could not approve its own call', self.status, 403),
    same('the person approved', vote.approval, 'approved'),
  ];
}

async function resumed(play: Play, asked: CallEvent): Promise<readonly Check[]> {
  const { stage } = play;
  const published = callsOf(play, 'publish').filter(({ verdict }) => verdict === 'allowed');
  return [
    same(
      'the approved call was resumed under its id',
      published.map(({ callId }) => callId).join(),
      asked.callId,
    ),
    same('the approved call ran once', stage.runs.get('publish'), 1),
    same('the approved call is settled', (await stage.torii.calls.get(asked.callId ?? ''))?.state, 'settled'),
  ];
}

/** The same key once more: the call is over, so nothing runs and nothing is charged. */
async function repeatedOnceMore(play: Play): Promise<readonly Check[]> {
  const { stage, timeline, conversation } = play;
  const last = conversation.lastCall('publish');
  if (last === undefined) return [];
  const answer = await callTool({ url: stage.url, token: stage.reporter.token }, last);
  timeline.note(
    'report-agent',
    `repeats it under the same Idempotency-Key: ${answer.status} ${String(answer.body['code'])}; it ran once`,
  );
  return [same('a repeat after the end was told so', answer.body['code'], 'CALL_ENDED')];
}
