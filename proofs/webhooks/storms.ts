import type { Entry, Random, StoreSource } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { AGENT } from '../suite/asking.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { isApproval, messageFlaws } from './judge.ts';
import { type MoodName, moodNames } from './moods.ts';
import { BY } from './questions.ts';
import { type Breaking, type Told, type World, withWorld } from './world.ts';

const QUESTIONS = 6;
const HOUR_MS = 3_600_000;
const TROUBLED = ['first', 'second', 'third'] as const;

const endpoints: readonly Told[] = [
  { id: 'first', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G' },
  { id: 'second', secret: ['the new secret of the second', 'the old secret of the second'] },
  { id: 'third', secret: 'sésame, ouvre-toi: the third' },
  {
    id: 'watcher',
    secret: 'the secret of the one that watches',
    events: ['webhook.gave_up', 'webhook.endpoint_disabled', 'circuit.opened', 'circuit.closed'],
  },
];

/** Random weather over one kind of store. */
export interface Storms {
  readonly named: string;
  readonly source: () => StoreSource;
  readonly storms: number;
  readonly breaking?: Breaking;
}

/**
 * Receivers in random moods, for days of the engine's clock: then they are well, what was disabled is enabled, dead
 * letters are replayed, by their ids or by range, and nothing may be missing.
 */
export async function storms(kind: Storms, { progress }: Proving): Promise<Result> {
  const { named, source, breaking } = kind;
  const found = new Violations();
  const counted = new Map<string, number>();
  let [done, requests] = [0, 0];
  for (; done < kind.storms && found.count === 0; done++) {
    const weather = new Weather(fakeRandom(done + 1));
    const options = { source: source(), seed: done + 1, endpoints, breaking, moodOf: weather.moodOf };
    await withWorld(options, async (world) => {
      for (const flaw of await storm(world, weather, counted)) found.add(`storm ${done}: ${flaw}`);
      requests += world.receiver.requests.length;
    });
    progress.step(done + 1, kind.storms, 'storms');
  }
  return {
    tried: { [`storms, ${named}`]: done, [`requests verified, ${named}`]: requests },
    violations: found.list(),
    counted: Object.fromEntries([...counted].sort(([one], [other]) => one.localeCompare(other))),
  };
}

async function storm(
  world: World,
  weather: Weather,
  counted: Map<string, number>,
): Promise<readonly string[]> {
  const { questions, engine, receiver } = world;
  for (let asked = 0; asked < QUESTIONS; asked++) {
    await questions.ask('q'.repeat(asked + 1), asked % 2 === 1);
    if (weather.random.below(2) === 0) await world.pass(weather.random.below(30_000));
  }
  if (weather.random.below(3) === 0) {
    await receiver.shut();
    await world.pass(weather.random.below(2 * HOUR_MS));
    await receiver.open();
  }
  const flaws: string[] = [];
  if (!(await world.drive())) flaws.push('deliveries are queued after weeks');
  weather.clears();
  const tenant = AGENT.tenant;
  for (const { id } of await engine.webhooks.endpoints.list({ tenant }))
    if (await engine.webhooks.endpoints.enable({ id, tenant }, BY)) count(counted, 'endpoints disabled');
  count(counted, 'dead letters replayed', await replayAll(world, weather.random));
  if (!(await world.drive())) flaws.push('deliveries are queued after weeks in which everybody was well');
  const about = (id: string) => (entry: Entry) => entry.facts['endpoint'] !== id && watched.has(entry.type);
  const wanted = new Map<string, (entry: Entry) => boolean>(TROUBLED.map((id) => [id, isApproval]));
  wanted.set('watcher', about('watcher'));
  flaws.push(...(await messageFlaws({ ...world, wanted, mayRepeat: false })));
  for (const request of receiver.requests) count(counted, `answered \`${request.mood}\``);
  return flaws;
}

const watched: ReadonlySet<string> = new Set(endpoints.flatMap(({ events = [] }) => events));

/** Queues all dead letters again: each by its id, or all of an endpoint by when they were queued. */
async function replayAll({ engine, store }: World, random: Random): Promise<number> {
  const { tenant } = AGENT;
  const dead = await store.deliveries({ state: 'gave-up', limit: 1_000 });
  let queued = 0;
  for (const { id: endpoint } of endpoints) {
    const own = dead.filter((delivery) => delivery.endpoint === endpoint);
    const [ids, times] = [own.map(({ id }) => id), own.map(({ queuedAt }) => queuedAt)];
    if (ids.length === 0) continue;
    const range = { endpoint, fromMs: Math.min(...times), untilMs: Math.max(...times) + 1 };
    const which = random.below(2) === 0 ? { ids } : range;
    queued += (await engine.webhooks.replay({ ...which, tenant }, BY)).length;
  }
  return queued;
}

/** How the receivers feel, at every request anew. Some storms are worse than others. */
class Weather {
  readonly random: Random;
  readonly #badness: number;
  #clear = false;

  constructor(random: Random) {
    this.random = random;
    this.#badness = [40, 75, 97][random.below(3)] ?? 40;
  }

  readonly moodOf = (endpoint: string): MoodName => {
    if (this.#clear || endpoint === 'watcher' || this.random.below(100) >= this.#badness) return 'well';
    const mood = moodNames[this.random.below(moodNames.length)] ?? 'well';
    // It ends everything for its endpoint: rarely, or nothing else would be tried.
    return mood === 'gone' && this.random.below(4) > 0 ? 'broken' : mood;
  };

  clears(): void {
    this.#clear = true;
  }
}

function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
