import { type Script, say, use } from '../agent/script.ts';
import type { CallEvent } from '../timeline/event.ts';
import { priceOf } from '../tools/catalogue.ts';
import { type Notes, writeDown } from './notes.ts';
import { type Check, ofScript, type Play, same, type Scene } from './play.ts';

const TOPICS = ['budgets and holds', 'approvals by people', 'the journal'];

/** What policy forbids, whatever the budget says. */
export const forbidden: Scene = async (play) => {
  const { timeline, conversation, stage } = play;
  timeline.scene({
    title: 'What policy forbids',
    why: '`trade` is on the deny list. `deep_audit` is allowed, but costs more than one call may cost. Neither runs, neither costs anything.',
  });
  timeline.note(
    'agent',
    await conversation.ask('Call `trade` for 10 shares of ACME, and then `deep_audit`. Say what happened.'),
  );
  return [
    ...ofScript(play, [told(play, 'trade', 'TOOL_DENIED'), told(play, 'deep_audit', 'PRICE_ABOVE_CAP')]),
    same(
      'the denied tools never ran',
      (stage.runs.get('trade') ?? 0) + (stage.runs.get('deep_audit') ?? 0),
      0,
    ),
  ];
};

/** What the scripted agent does for it. */
export function* forbiddenScript(notes: Notes): Script {
  writeDown(notes, 'trade', yield* use('trade', { symbol: 'ACME', shares: 10 }));
  writeDown(notes, 'deep_audit', yield* use('deep_audit', {}));
  yield* say('Neither ran; I go on without them.');
}

/** A rate: so many calls a minute. */
export const rateLimit: Scene = async (play) => {
  const { timeline, conversation, stage } = play;
  const most = await rateOf(play);
  timeline.scene({
    title: 'A rate limit',
    why: `A session may search ${most} times a minute. The next search is denied and told when to come back; it costs nothing.`,
  });
  timeline.note(
    'agent',
    await conversation.ask(
      `Use \`search\` once for each of: ${TOPICS.join('; ')}. Go on when one is denied.`,
    ),
  );
  const denied = callsOf(play, 'search').find(({ code }) => code === 'RATE_EXCEEDED');
  return [
    ...ofScript(play, [
      told(play, 'search', 'RATE_EXCEEDED'),
      same('the rate says when to come back', (denied?.retryAfterSeconds ?? 0) > 0, true),
    ]),
    same('search ran no more often than its rate allows', (stage.runs.get('search') ?? 0) <= most, true),
  ];
};

/** What the scripted agent does for it: it stops at the first denial. */
export function* rateScript(notes: Notes): Script {
  for (const query of TOPICS) {
    if (writeDown(notes, 'search', yield* use('search', { query }))) continue;
    yield* say('Enough searched for this minute.');
    return;
  }
  yield* say('Every search was allowed.');
}

/** A tool whose upstream is down: its money returns. */
export const failure: Scene = async (play) => {
  const { timeline, conversation, stage } = play;
  timeline.scene({
    title: 'A tool that fails',
    why: `The advisory service is really down: nobody listens on its port. The tool answers 502, so the ${priceOf('advisories')} that was held returns to the budget.`,
  });
  timeline.note('agent', await conversation.ask('Call `advisories` once. Say whether it answered.'));
  const [call] = callsOf(play, 'advisories');
  const record = await stage.torii.calls.get(call?.callId ?? '');
  return ofScript(play, [
    same('the failed call ended with its money returned', record?.state, 'released'),
    same('the failed call cost nothing', call?.costUsd, '0.00'),
  ]);
};

/** What the scripted agent does for it. */
export function* failureScript(notes: Notes): Script {
  writeDown(notes, 'advisories', yield* use('advisories', {}));
  yield* say('It did not answer; the report says so.');
}

async function rateOf({ stage }: Play): Promise<number> {
  const status = await stage.torii.agents.status(stage.reporter.token);
  if (status.kind === 'denied') throw new Error(status.message);
  return Math.min(...status.rates.map(({ limit }) => limit));
}

/** The calls of a tool so far. */
export function callsOf({ timeline }: Play, tool: string): readonly CallEvent[] {
  return timeline.events.filter((event): event is CallEvent => event.kind === 'call' && event.tool === tool);
}

function told(play: Play, tool: string, code: string): Check {
  const codes = callsOf(play, tool).map((call) => call.code);
  return {
    what: `\`${tool}\` was denied with ${code}`,
    holds: codes.some((found) => found === code),
    found: codes.join(', '),
  };
}
