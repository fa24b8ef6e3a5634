import {
  type Clock,
  createEngine,
  type Engine,
  memoryStore,
  signAgentToken,
  type Store,
} from '@torii/engine';
import { type FakeClock, fakeClock, fakeRandom, windowSpan } from '@torii/engine/testing';
import { allEntries, chargesIn } from '../suite/journal.ts';
import { altered } from '../suite/altered.ts';
import { AGENT } from '../suite/asking.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import type { Breaking } from './rolling.ts';

const MINUTE_MS = 60_000;
const ZONE = 'America/New_York';

/** The night in which New York puts its clocks ahead, seen from the day before. */
const EVE_MS = Date.UTC(2026, 2, 7, 15);

const CALLS_PER_RUN = 300;
const CENTS_PER_CALL = 7n;
const SKEWS_MS = [-5 * MINUTE_MS, -37_000, 2 * MINUTE_MS, 5 * MINUTE_MS];

const issuer = {
  issuer: AGENT.issuer,
  audience: 'torii',
  algorithm: 'HS256',
  key: 'a-secret-of-the-proofs-with-more-than-32-bytes',
} as const;

/** Limits that are no multiples of the price, so that the last cents never fit. */
const LIMITS_CENTS = { hour: 90n, day: 1_500n } as const;

const policy = {
  id: 'house',
  timezone: ZONE,
  tools: { allow: ['search'] },
  budgets: [
    { scope: 'agent', window: 'hour', limit: '0.90 USD' },
    { scope: 'agent', window: 'day', limit: '15.00 USD' },
  ],
} as const;

/** Its slices are short: they alone tell nearly every caller whose clock is off to compute its windows again. */
const rolling = {
  ...policy,
  budgets: [...policy.budgets, { scope: 'agent', window: 'rolling 90m', limit: '1.30 USD' }],
} as const;
const ROLLING_MS = 90 * MINUTE_MS;

/**
 * Replicas whose clocks are up to five minutes off share a store whose clock jumps, also back. Whatever they ask, each
 * call must be posted to the window of the store's time, and no window may hold more than its limit.
 */
export async function skews(runs: number, breaking: Breaking, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  const tried = { 'skewed calls': 0, 'skewed grants': 0, 'clock jumps back': 0 };
  for (let run = 0; run < runs; run++) {
    const truth = fakeClock(EVE_MS);
    const store = breaking(await memoryStore().open({ clock: truth }));
    const jumps = await play(store, truth, run);
    const grants = await grantsOf(store);
    tried['skewed calls'] += CALLS_PER_RUN;
    tried['skewed grants'] += grants.length;
    tried['clock jumps back'] += jumps;
    for (const sentence of flawsOf(grants)) found.add(`run ${run}: ${sentence}`);
    progress.step(run + 1, runs, 'runs');
  }
  return { tried, violations: found.list() };
}

/** Lets replicas ask, one after the other. Answers how often the clock of the store was put back. */
async function play(store: Store, truth: FakeClock, seed: number): Promise<number> {
  const random = fakeRandom(seed + 1);
  const replicas = await Promise.all(SKEWS_MS.map((skewMs) => replica(store, skewed(truth, skewMs), seed)));
  let jumpsBack = 0;
  for (let index = 0; index < CALLS_PER_RUN; index++) {
    const kind = random.below(20);
    if (kind === 0) jumpsBack += 1;
    truth.set(truth.now() + (kind === 0 ? -random.below(5 * MINUTE_MS) : random.below(10 * MINUTE_MS)));
    await ask(replicas[random.below(replicas.length)], truth, index);
  }
  return jumpsBack;
}

async function ask(engine: Engine | undefined, truth: FakeClock, index: number): Promise<void> {
  const { agent, owner, session, tenant } = AGENT;
  const clock = skewed(truth, 0);
  const told = { agent, owner, session, tenant, expiresInSeconds: 3_600, clock };
  const credential = await signAgentToken({ ...issuer, ...told });
  const request = {
    credential,
    framework: 'proof',
    tool: 'search',
    arguments: { index },
    price: '0.07 USD',
    frameworkCallId: `c${index}`,
  };
  const outcome = await engine?.guard(request, () => 'found');
  const expected =
    outcome?.kind === 'done' || (outcome?.kind === 'denied' && outcome.code === 'BUDGET_EXCEEDED');
  if (!expected)
    throw new Error(`expected a call to be done or without budget, got ${JSON.stringify(outcome)}`);
}

function replica(store: Store, clock: Clock, seed: number): Promise<Engine> {
  return createEngine({
    policies: [seed % 2 === 0 ? policy : rolling],
    store: { open: () => Promise.resolve(store) },
    // As far off as the clocks are, so that nothing but the window is at stake.
    identity: { issuers: [{ ...issuer, clockToleranceSeconds: 300 }] },
    clock,
    random: fakeRandom(1_000 + seed + clock.now()),
  });
}

function skewed(truth: FakeClock, skewMs: number): Clock {
  return { now: () => truth.now() + skewMs, after: () => () => undefined };
}

interface PostedGrant {
  readonly atMs: number;
  readonly kind: 'hour' | 'day' | 'rolling';
  readonly startMs: number;
}

async function grantsOf(store: Store): Promise<readonly PostedGrant[]> {
  const reserved = (await allEntries(store)).filter(({ type }) => type === 'call.reserved');
  return reserved.flatMap((entry) =>
    chargesIn(entry).map(({ budget, startMs, rollingMs }) => ({
      atMs: entry.at,
      kind: rollingMs === undefined ? (budget.includes('"hour"') ? 'hour' : 'day') : 'rolling',
      startMs,
    })),
  );
}

function flawsOf(grants: readonly PostedGrant[]): readonly string[] {
  const sums = new Map<string, bigint>();
  const flaws: string[] = [];
  for (const { atMs, kind, startMs } of grants) {
    const window = kind === 'rolling' ? 'rolling 90m' : kind;
    const rollingMs = kind === 'rolling' ? ROLLING_MS : undefined;
    const right = windowSpan({ window, zone: ZONE, rollingMs }, atMs).startMs;
    if (startMs !== right)
      flaws.push(`a call at ${atMs} was posted to the ${kind} of ${startMs}, not of ${right}`);
    if (kind === 'rolling') continue;
    const sum = (sums.get(`${kind} ${right}`) ?? 0n) + CENTS_PER_CALL;
    sums.set(`${kind} ${right}`, sum);
    if (sum > LIMITS_CENTS[kind])
      flaws.push(`the ${kind} of ${right} granted ${sum} of ${LIMITS_CENTS[kind]} cents`);
  }
  return flaws;
}

/** Believes the window that a caller computed by its own clock. */
export const callersWindow: Breaking = (store) =>
  altered(store, (inner) => ({
    reserve: (reservation) =>
      inner.reserve({
        ...reservation,
        budgets: reservation.budgets.map((one) =>
          one.rollingMs === undefined ? { ...one, endMs: undefined } : one,
        ),
      }),
  }));
