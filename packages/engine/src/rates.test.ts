import { fc } from '@fast-check/jest';
import { type Harness, harness as open } from './engine.test-support.ts';
import type { Denial } from './nouns/denial.ts';
import type { RateStatus } from './nouns/charge.ts';

/** A rate is counted in sixty slices, and counts a call at most one of them longer than its length. */
const SLICES = 60;

const classes = { light: ['get', 'list'], heavy: ['run', 'shop/buy'] };
const tools = [...classes.light, ...classes.heavy, 'other'];

const lengths = [
  ['second', 1_000],
  ['10s', 10_000],
  ['minute', 60_000],
  ['90m', 5_400_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['30d', 2_592_000_000],
] as const;

type Per = (typeof lengths)[number][0];
const lengthMs = new Map<string, number>(lengths);

const scopes = ['session', 'agent', 'owner', 'tenant', 'tool', 'merchant'] as const;

interface Rate {
  readonly scope: (typeof scopes)[number];
  readonly per: Per;
  readonly limit: number;
  readonly class?: 'light' | 'heavy';
  readonly tools?: readonly string[];
}

const counted = fc.oneof(
  fc.constant({}),
  fc.record({ class: fc.constantFrom('light' as const, 'heavy' as const) }),
  fc.record({ tools: fc.constantFrom(['get'], ['shop/*', 'run']) }),
);

/** One to three rates, most of them of one length, so that more than one can be full at a time. */
const policies: fc.Arbitrary<readonly Rate[]> = fc
  .tuple(fc.constantFrom(...lengths), fc.constantFrom(...lengths))
  .chain(([[often], [seldom]]) =>
    fc.uniqueArray(
      fc
        .tuple(
          fc.constantFrom(...scopes),
          fc.constantFrom(often, often, seldom),
          fc.integer({ min: 0, max: 4 }),
          counted,
        )
        .map(([scope, per, limit, which]): Rate => ({ scope, per, limit, ...which })),
      { minLength: 1, maxLength: 3, selector: ({ limit: _, ...identity }) => JSON.stringify(identity) },
    ),
  );

const step = fc.record({
  tool: fc.constantFrom(...tools),
  agent: fc.constantFrom('bot', 'bot', 'other'),
  session: fc.constantFrom('s1', 's1', 's2'),
  recipient: fc.constantFrom('shop.example', 'SHOP.example', 'books.example'),
  /** How much of the length of the first rate passes before the call, in thousandths, and some milliseconds more. */
  thousandths: fc.constantFrom(0, 0, 1, 16, 17, 130, 500, 983, 1_000),
  more: fc.constantFrom(0, 1, -1, 16),
});

type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never;

/** A call that was granted. */
interface Granted extends Step {
  readonly at: number;
}

/** Whether a call counts towards a rate, read as literally as can be. */
function counts({ class: name, tools: listed }: Rate, { tool }: Step): boolean {
  const patterns = name === undefined ? listed : classes[name];
  return (
    patterns === undefined ||
    patterns.includes(tool) ||
    (patterns.includes('shop/*') && tool.startsWith('shop/'))
  );
}

/** Whose calls count together with that of a step. */
function whose({ scope }: Rate, { agent, session, tool, recipient }: Step): string {
  return {
    session: `${agent} ${session}`,
    agent,
    owner: '',
    tenant: '',
    tool,
    merchant: recipient.toLowerCase(),
  }[scope];
}

/** How many of the granted calls a rate counts within some milliseconds. */
function countedIn(rate: Rate, asked: Step, log: readonly Granted[], fromMs: number): number {
  const own = whose(rate, asked);
  return log.filter((each) => each.at > fromMs && counts(rate, each) && whose(rate, each) === own).length;
}

async function ask(one: Harness, { tool, agent, session, recipient }: Step, nth: number) {
  const credential = await one.agentTokenOf({ agent, session });
  const answer = await one.torii.authorize(
    one.request({ credential, tool, payee: { recipient }, idempotencyKey: `k${nth}` }),
  );
  if (answer.kind === 'waiting') throw new Error('expected no one to be asked');
  if (answer.kind === 'allowed') await answer.permit.settle();
  return answer;
}

/** Where a rate stands in the policy, as answers name it. */
const placeOf = (rates: readonly Rate[], rate: Rate): string => `rates[${rates.indexOf(rate)}]`;

interface Moment {
  readonly rates: readonly Rate[];
  readonly asked: Step;
  readonly now: number;

  /** All that was granted, the call of this moment included. */
  readonly log: readonly Granted[];
}

function checkGranted({ rates, asked, now, log }: Moment, told: readonly RateStatus[]): void {
  const concerned = rates.filter((rate) => counts(rate, asked));
  expect(told.map(({ clause }) => clause)).toEqual(concerned.map((rate) => placeOf(rates, rate)));
  for (const [index, rate] of concerned.entries()) {
    const perMs = lengthMs.get(rate.per) ?? 0;
    const exact = countedIn(rate, asked, log, now - perMs);
    const longest = countedIn(rate, asked, log, now - perMs - Math.ceil(perMs / SLICES));
    const status = told[index];
    if (status === undefined) throw new Error('expected every rate to be told');
    const { limit, used, left } = status;

    expect(exact).toBeLessThanOrEqual(rate.limit);
    expect(limit).toBe(rate.limit);
    expect(used).toBeGreaterThanOrEqual(exact);
    expect(used).toBeLessThanOrEqual(longest);
    expect(left).toBe(rate.limit - used);
  }
}

function checkDenied({ rates, asked, now, log }: Moment, { code, reasons }: Denial): void {
  const named = new Set(reasons.map(({ clause }) => clause));
  expect(code).toBe('RATE_EXCEEDED');
  for (const rate of rates) {
    const perMs = lengthMs.get(rate.per) ?? 0;
    const exact = countedIn(rate, asked, log, now - perMs);
    const longest = countedIn(rate, asked, log, now - perMs - Math.ceil(perMs / SLICES));
    const isNamed = named.has(placeOf(rates, rate));

    if (!counts(rate, asked)) expect(isNamed).toBe(false);
    else if (isNamed) expect(longest).toBeGreaterThanOrEqual(rate.limit);
    else expect(exact).toBeLessThan(rate.limit);
  }
}

test('whatever the scope, class and length: never more than an exact log allows, and no denial without cause', async () => {
  const tried = { granted: 0, denied: 0, several: 0, waited: 0 };
  await fc.assert(
    fc.asyncProperty(policies, fc.array(step, { minLength: 10, maxLength: 40 }), async (rates, steps) => {
      const one = await open({ policies: [{ id: 'p', classes, rates }] });
      const [first] = rates;
      const unitMs = (lengthMs.get(first?.per ?? '') ?? 0) / 1_000;
      const log: Granted[] = [];
      let last: { readonly asked: Step; readonly waitMs: number | undefined } | undefined;
      for (const [nth, asked] of steps.entries()) {
        one.clock.set(one.clock.now() + Math.max(0, Math.floor(asked.thousandths * unitMs) + asked.more));
        const now = one.clock.now();
        const answer = await ask(one, asked, nth);
        last = undefined;
        if (answer.kind === 'allowed') {
          log.push({ ...asked, at: now });
          checkGranted({ rates, asked, now, log }, answer.permit.rates);
          tried.granted += 1;
          continue;
        }
        checkDenied({ rates, asked, now, log }, answer);
        tried.denied += 1;
        if (answer.reasons.length > 1) tried.several += 1;
        last = { asked, waitMs: answer.retryAfterMs };
      }
      if (last?.waitMs !== undefined) {
        one.clock.set(one.clock.now() + last.waitMs);
        expect((await ask(one, last.asked, steps.length)).kind).toBe('allowed');
        tried.waited += 1;
      }
      await one.torii.close();
    }),
    { numRuns: 150 },
  );
  expect(Math.min(tried.granted, tried.denied)).toBeGreaterThan(500);
  expect(Math.min(tried.several, tried.waited)).toBeGreaterThan(10);
}, 60_000);

test.each(lengths)(
  'after the wait that a denial tells, and not a slice before it, a call fits again: %s',
  async (per, perMs) => {
    const rate = { scope: 'agent', limit: 2, per };
    const one = await open({ policies: [{ id: 'p', rates: [rate] }] });
    const base: Step = {
      tool: 'get',
      agent: 'bot',
      session: 's1',
      recipient: 'shop.example',
      thousandths: 0,
      more: 0,
    };
    await ask(one, base, 1);
    one.clock.set(one.clock.now() + Math.floor(perMs / 3));
    await ask(one, base, 2);
    const firstAt = one.clock.now() - Math.floor(perMs / 3);

    const denied = await ask(one, base, 3);
    const waitMs = denied.kind === 'denied' ? (denied.retryAfterMs ?? 0) : 0;
    const freeAt = one.clock.now() + waitMs;
    one.clock.set(freeAt - 1);
    const early = await ask(one, base, 4);
    one.clock.set(freeAt);
    const late = await ask(one, base, 5);
    await one.torii.close();

    expect(freeAt).toBeGreaterThanOrEqual(firstAt + perMs);
    expect(freeAt).toBeLessThanOrEqual(firstAt + perMs + Math.ceil(perMs / SLICES));
    expect([early.kind, late.kind]).toEqual(['denied', 'allowed']);
  },
);
