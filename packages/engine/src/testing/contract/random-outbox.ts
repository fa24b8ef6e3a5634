import type { DeliveryQuery, EndpointRecord, Finish } from '../../nouns/outbox.ts';
import type { Random } from '../../nouns/random.ts';
import type { Play } from './randomly.ts';
import { delivery, tried } from './samples.ts';

const HOUR_MS = 3_600_000;
const ENDPOINTS = ['https://one.test', 'https://two.test', 'é \ud83d\ude00'] as const;
const STATES = [undefined, 'queued', 'delivered', 'gave-up'] as const;

function oneOf<T>(random: Random, several: readonly [T, ...T[]]): T {
  return several[random.below(several.length)] ?? several[0];
}

/** Ids of which some differ in how JavaScript and databases order them. */
function anId(random: Random): string {
  return `d${random.below(6)}${oneOf(random, ['', '', '\uffee', '\ud83d\ude00'])}`;
}

/**
 * A random step of the outbox among few deliveries and few endpoints, so that they meet, and what is told of them then.
 * The same `random` gives the same steps.
 */
export function randomOutboxPlay(random: Random): Play {
  const step = oneOf(random, [queueing, ending, ending, ending, requeueing, changing])(random);
  const query = queryOf(random);
  const [id, limit] = [anId(random), random.below(5)];
  return async (tested) => {
    const { store, clock } = tested;
    return [
      await step(tested),
      await store.deliveries(query(clock.now())),
      await store.delivery(id),
      await store.due(limit),
      await store.nextDue(),
    ];
  };
}

/** The same, while time passes: mostly a little, sometimes back, and sometimes enough to forget what is over. */
export function randomOutboxRun(random: Random): Play {
  const onMs = oneOf(random, [0, 0, 1, 7, 7, -3, 20 * HOUR_MS, 300 * HOUR_MS]);
  const play = randomOutboxPlay(random);
  return (tested) => {
    tested.clock.set(tested.clock.now() + onMs);
    return play(tested);
  };
}

function queueing(random: Random): Play {
  const ids = Array.from({ length: random.below(5) }, () => anId(random));
  const endpoint = oneOf(random, ENDPOINTS);
  const [cursor, inMs, attempts] = [random.below(30), random.below(20), random.below(3)];
  return async ({ store, clock }) => {
    const dueAt = clock.now() + inMs;
    await store.enqueue(
      endpoint,
      cursor,
      ids.map((id) => ({ ...delivery(id, dueAt), endpoint, attempts })),
    );
    return store.cursor(endpoint);
  };
}

function ending(random: Random): Play {
  const id = anId(random);
  const kind = oneOf(random, ['delivered', 'gave-up', 'retry'] as const);
  const [inMs, retries] = [random.below(20), oneOf(random, [0, 0, 0, 5])];
  const change = random.below(2) === 0 ? {} : { status: 503, reason: 'the endpoint answered 503' };
  return async ({ store, clock }) => {
    const now = clock.now();
    const retry = (durationMs: number): Finish => ({
      kind: 'retry',
      dueAt: now + inMs,
      tried: tried(now, { ...change, durationMs }),
    });
    for (let count = 0; count < retries; count++) await store.finish(id, retry(count));
    await store.finish(id, kind === 'retry' ? retry(9) : { kind, tried: tried(now, change) });
    return store.delivery(id);
  };
}

function requeueing(random: Random): Play {
  const ids = Array.from({ length: random.below(5) }, () => anId(random));
  const inMs = random.below(20);
  return ({ store, clock }) => store.requeue(ids, clock.now() + inMs);
}

function changing(random: Random): Play {
  const endpoint: EndpointRecord = {
    id: oneOf(random, ENDPOINTS),
    state: oneOf(random, ['active', 'disabled', 'removed'] as const),
    revision: 1 + random.below(4),
    ...(random.below(2) === 0 ? {} : { reason: 'it answered "410"\n' }),
    ...(random.below(2) === 0
      ? {}
      : {
          settings: {
            url: 'https://hook.test',
            events: [],
            secrets: [{ value: 'whsec_c2VjcmV0' }, { value: 'old', untilMs: random.below(9) }],
          },
        }),
  };
  const events =
    random.below(3) === 0 ? [] : [{ type: 'webhook.endpoint_saved', facts: { by: 'ada' } } as const];
  return async ({ store }) => [await store.putEndpoint(endpoint, events), await store.endpoints()];
}

function queryOf(random: Random): (nowMs: number) => DeliveryQuery {
  const endpoint = oneOf(random, [undefined, ...ENDPOINTS]);
  const state = oneOf(random, STATES);
  const spans = Array.from({ length: 3 }, () => oneOf(random, [undefined, 0, 3, 7, 8, 20 * HOUR_MS]));
  const id = anId(random);
  const limit = random.below(8);
  return (nowMs) => {
    const [fromMs, untilMs, queuedAt] = spans.map((span) => (span === undefined ? undefined : nowMs - span));
    return {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(state === undefined ? {} : { state }),
      ...(fromMs === undefined ? {} : { fromMs: fromMs - 15 }),
      ...(untilMs === undefined ? {} : { untilMs: untilMs + 1 }),
      ...(queuedAt === undefined ? {} : { after: { queuedAt, id } }),
      limit,
    };
  };
}
