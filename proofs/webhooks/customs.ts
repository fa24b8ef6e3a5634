import { memoryStore, type DeliveryRecord } from '@torii/engine';
import { AGENT } from '../suite/asking.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { BUSY_SECONDS, type MoodName, moodNames, moods } from './moods.ts';
import { BY } from './questions.ts';
import { isBelieved, signatureFlaws } from './verified.ts';
import { type World, withWorld } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const endpoints = [
  { id: 'hook', secret: 'the secret of the only endpoint', events: ['approval.created'] },
] as const;
const { tenant } = AGENT;

/** The waits that are documented, in milliseconds, before they vary by a fifth. */
const WAITS_MS = [5_000, 300_000, 1_800_000, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS)];

/** Every way of answering does what the documentation says of it, by the log that an operator reads. */
export async function customs({ progress }: Proving): Promise<Result> {
  const found = new Violations();
  let tries = 0;
  for (const [index, mood] of moodNames.entries()) {
    for (const flaw of await custom(mood, (made) => (tries += made))) found.add(`\`${mood}\`: ${flaw}`);
    progress.step(index + 1, moodNames.length, 'ways of answering');
  }
  return {
    tried: { 'ways of answering': moodNames.length, 'tries by their log': tries },
    violations: found.list(),
  };
}

/** The receiver answers like this until it is told to be well. */
async function custom(mood: MoodName, made: (tries: number) => void): Promise<readonly string[]> {
  let now: MoodName = mood;
  const options = { source: memoryStore(), seed: 7, endpoints, moodOf: () => now };
  return withWorld(options, async (world) => {
    await world.questions.ask('once', false);
    if (!(await world.drive())) return ['it is queued after weeks'];
    const [first] = await world.store.deliveries({ limit: 10 });
    if (first === undefined) return ['nothing was queued'];
    made(first.attempts);
    const flaws = [
      ...loggedFlaws(mood, first),
      ...endFlaws(mood, first),
      ...(await standingFlaws(world, mood)),
    ];
    if (moods[mood].takes) return flaws;
    now = 'well';
    await world.engine.webhooks.endpoints.enable({ id: 'hook', tenant }, BY);
    const queued = await world.engine.webhooks.replay({ ids: [first.id], tenant }, BY);
    await world.drive();
    const again = await world.store.delivery(first.id);
    const last = world.receiver.requests.at(-1);
    if (queued.length !== 1 || again?.state !== 'delivered') flaws.push('a dead letter was not replayed');
    if (last?.id !== first.id || last.body !== first.body) flaws.push('a replay is not the same message');
    for (const request of world.receiver.requests)
      flaws.push(...signatureFlaws(request, world.secretsOf('hook')));
    if (world.receiver.strays > 0) flaws.push('a redirect was followed');
    return flaws;
  });
}

function loggedFlaws(mood: MoodName, { tries }: DeliveryRecord): readonly string[] {
  const { status, reason } = moods[mood].logged;
  return tries.flatMap((tried) => {
    const fits = reason === undefined ? tried.reason === undefined : reason.test(tried.reason ?? '');
    return fits && tried.status === status
      ? []
      : [`a try is logged as ${tried.status ?? 'no answer'}, \`${tried.reason ?? 'counted'}\``];
  });
}

/** One try where it is taken or nobody is there any more, else ten over about 75 hours. */
function endFlaws(mood: MoodName, { state, attempts, tries }: DeliveryRecord): readonly string[] {
  const { takes } = moods[mood];
  const flaws: string[] = [];
  if (state !== (takes ? 'delivered' : 'gave-up')) flaws.push(`it ends as \`${state}\``);
  const expected = takes || mood === 'gone' ? 1 : WAITS_MS.length + 1;
  if (attempts !== expected) flaws.push(`it was tried ${attempts} times, expected ${expected}`);
  for (const [index, waitMs] of WAITS_MS.entries()) {
    const [one, next] = [tries[index], tries[index + 1]];
    if (one === undefined || next === undefined) continue;
    const waited = next.at - one.at;
    const least = Math.max(waitMs * 0.8, mood.startsWith('busy') ? (BUSY_SECONDS - 1) * 1_000 : 0);
    // A circuit that is open holds a try up by ten minutes at most, and its end is looked for now and then.
    const most = Math.max(waitMs * 1.2, least) + 40 * 60_000;
    if (waited < least || waited > most)
      flaws.push(`${waited} ms passed before try ${index + 2}, expected about ${waitMs}`);
  }
  return flaws;
}

/** What became of the endpoint itself. */
async function standingFlaws({ engine }: World, mood: MoodName): Promise<readonly string[]> {
  const [endpoint] = await engine.webhooks.endpoints.list({ tenant });
  if (endpoint === undefined) return ['the endpoint is gone'];
  const state = mood === 'gone' ? 'disabled' : 'active';
  const flaws = endpoint.state === state ? [] : [`the endpoint is ${endpoint.state}, expected ${state}`];
  if ((endpoint.failingSince === undefined) !== (moods[mood].takes || mood === 'gone'))
    flaws.push(`it is failing since ${endpoint.failingSince ?? 'never'}`);
  return flaws;
}

const CROWD = 150;
const AT_ONCE = 8;
const SOON_MS = 5_000;

/** One endpoint that hangs holds up nobody else: not for longer than it takes to send what there is. */
export async function hanging(): Promise<Result> {
  const found = new Violations();
  const two = [
    ...endpoints,
    { id: 'stuck', secret: 'the secret of the one that hangs', events: ['approval.created'] },
  ] as const;
  const moodOf = (endpoint: string): MoodName => (endpoint === 'stuck' ? 'hanging' : 'well');
  await withWorld({ source: memoryStore(), seed: 10, endpoints: two, moodOf }, async (world) => {
    for (let asked = 0; asked < CROWD; asked++) await world.questions.ask(`crowd-${asked}`, false);
    let most = 0;
    for (let passed = 0; passed < SOON_MS; passed += 500) {
      await world.pass(500);
      most = Math.max(most, world.receiver.held);
    }
    const taken = world.receiver.requests.filter(({ endpoint }) => endpoint === 'hook').length;
    if (taken !== CROWD) found.add(`beside one that hangs another was told of ${taken} of ${CROWD} events`);
    if (most > AT_ONCE)
      found.add(`${most} requests were under way at once to one endpoint, expected ${AT_ONCE}`);
  });
  return { tried: { 'events beside an endpoint that hangs': CROWD }, violations: found.list() };
}

/** An endpoint that fails for five days without a success is disabled; what is due then is not sent, and kept. */
export async function fiveDays(): Promise<Result> {
  const found = new Violations();
  let now: MoodName = 'broken';
  const options = { source: memoryStore(), seed: 8, endpoints, moodOf: () => now };
  await withWorld(options, async (world) => {
    await world.questions.ask('first', false);
    await world.drive();
    await world.pass(2 * DAY_MS);
    const { engine, clock } = world;
    await (await world.renewed()).ask('second', false);
    await world.drive();
    const [endpoint] = await engine.webhooks.endpoints.list({ tenant });
    if (endpoint?.state !== 'disabled')
      found.add(`after five days of failures it is ${endpoint?.state ?? 'gone'}`);
    const sent = world.receiver.requests.length;
    await (await world.renewed()).ask('third', false);
    await world.drive();
    if (world.receiver.requests.length > sent) found.add('it was sent to although it is disabled');
    now = 'well';
    await engine.webhooks.endpoints.enable({ id: 'hook', tenant }, BY);
    const range = { endpoint: 'hook', fromMs: 0, untilMs: clock.now() + 1, tenant };
    const replayed = await engine.webhooks.replay(range, BY);
    await world.drive();
    const left = await world.store.deliveries({ state: 'gave-up', limit: 10 });
    if (replayed.length !== 3 || left.length > 0)
      found.add(`${replayed.length} of 3 dead letters were replayed, and ${left.length} are left`);
  });
  return { tried: { 'days of failures': 5 }, violations: found.list() };
}

/** While a secret is replaced each of both is enough; then only the new one is. */
export async function rotation(): Promise<Result> {
  const found = new Violations();
  const options = { source: memoryStore(), seed: 9, endpoints, moodOf: (): MoodName => 'well' };
  let requests = 0;
  await withWorld(options, async (world) => {
    const { engine, receiver, clock } = world;
    const { endpoints: webhooks } = engine.webhooks;
    const named = { id: 'made', tenant };
    const made = await webhooks.save({ ...named, url: receiver.urlOf('made') }, BY);
    const secrets: string[] = [made.secret ?? ''];
    const check = async (name: string, active: readonly string[]): Promise<void> => {
      const before = receiver.requests.length;
      await (await world.renewed()).ask(name, false);
      await world.drive();
      const sent = receiver.requests.slice(before).filter(({ endpoint }) => endpoint === 'made');
      if (sent.length !== 1) found.add(`${name}: ${sent.length} requests, expected one`);
      requests += sent.length;
      const [current, ...others] = active;
      if (current === undefined) throw new Error('expected a secret');
      for (const request of sent) {
        for (const flaw of signatureFlaws(request, [current, ...others])) found.add(`${name}: ${flaw}`);
        for (const secret of secrets)
          if (isBelieved(request, secret) !== active.includes(secret))
            found.add(`${name}: a secret that is over signs, or one that is not does not`);
      }
    };
    const rotate = async (overlapMs: number): Promise<string> => {
      const rotated = await webhooks.rotate({ ...named, overlapMs }, BY);
      secrets.unshift(rotated?.secret ?? '');
      return secrets[0] ?? '';
    };
    const first = secrets[0] ?? '';
    await check('before', [first]);
    const second = await rotate(DAY_MS);
    await check('meanwhile', [second, first]);
    clock.set(clock.now() + DAY_MS);
    await check('afterwards', [second]);
    const third = await rotate(HOUR_MS);
    const fourth = await rotate(HOUR_MS);
    await check('twice-in-an-hour', [fourth, third]);
    const fifth = await rotate(0);
    await check('at-once', [fifth]);
  });
  return {
    tried: { 'rotations of a secret': 4, 'requests around them': requests },
    violations: found.list(),
  };
}
