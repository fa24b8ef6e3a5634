import { memoryStore, type Store, systemClock } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { ask } from '../model/operation.ts';
import { replay } from '../model/replay.ts';
import { auditFlaws, entriesAfter, lastSeq } from '../suite/journal.ts';
import { Recorder } from '../model/recorder.ts';
import { type Result, Violations } from '../suite/result.ts';
import { withServer, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import { randomOperation } from './random-operation.ts';
import { inRounds, type Share } from './rounds.ts';
import type { Breaking } from './schedules.ts';

const CONNECTIONS = 4;
const QUESTIONS = 6;
const TTL_MS = 86_400_000;

/** Tenants that are played with at a time: each has a journal of its own. */
const LANES = 4;

/** Schedules, and sequences, that share a server before it is audited and thrown away. */
const [SCHEDULES, SEQUENCES] = [10_000, 5_000];

/** Random schedules of four connections to one server, with nothing but the server between them. */
export function playOnRedis(
  { schedules, breaking = (sound) => sound }: { readonly schedules: number; readonly breaking?: Breaking },
  proving: Proving,
): Promise<Result> {
  return inRounds({ total: schedules, most: SCHEDULES }, proving, (share, each) =>
    playShare(share, breaking, each),
  );
}

function playShare({ first, count }: Share, breaking: Breaking, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  let [next, done, questions] = [first, 0, 0];
  return withServer(({ url }) =>
    withStores({ url, count: CONNECTIONS }, async (stores) => {
      const lane = async (tenant: string): Promise<void> => {
        const asked = stores.map((store) => breaking(store.of(tenant), nextTurn));
        const [sound] = stores;
        if (sound === undefined) return;
        for (let seed = next++; seed < first + count && found.count === 0; seed = next++) {
          const played = await playOne({ sound: sound.of(tenant), asked, seed });
          questions += played.questions;
          for (const flaw of played.flaws) found.add(`schedule ${seed}: ${flaw}`);
          progress.step(++done, count, 'schedules');
        }
        for (const flaw of await auditFlaws(sound.of(tenant))) found.add(flaw);
      };
      await Promise.all(Array.from({ length: LANES }, (_, index) => lane(`lane-${index}`)));
      return {
        tried: { 'schedules, Redis': done, 'questions, Redis': questions },
        violations: found.list(),
      };
    }),
  );
}

interface Table {
  readonly sound: Store;
  readonly asked: readonly Store[];
  readonly seed: number;
}

async function playOne({ sound, asked, seed }: Table): Promise<{
  readonly questions: number;
  readonly flaws: readonly string[];
}> {
  const before = await lastSeq(sound);
  const record = new Recorder();
  await Promise.all(asked.map((store, client) => askAtRandom(store, record, [seed, client])));
  return {
    questions: record.history.length,
    flaws: replay(record.history, await entriesAfter(sound, before)),
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function askAtRandom(
  store: Store,
  record: Recorder,
  [seed, client]: readonly [seed: number, client: number],
): Promise<void> {
  const random = fakeRandom(seed * CONNECTIONS + client + 1);
  const names = { prefix: `s${seed}-`, agent: `bot-${seed}` };
  for (let question = 0; question < QUESTIONS; question++) {
    const operation = randomOperation(random, names, { ttlMs: TTL_MS });
    await record.ask(store, operation);
    // A reply that is thought lost is asked for again, also by somebody who has the same name for the asking.
    if (random.below(8) === 0) await record.ask(store, operation);
  }
}

/** The same questions to memory and to Redis, one after the other: every answer and every entry must be the same. */
export function comparesWithMemory(
  { sequences, steps }: { readonly sequences: number; readonly steps: number },
  proving: Proving,
): Promise<Result> {
  return inRounds({ total: sequences, most: SEQUENCES }, proving, (share, each) =>
    compareShare(share, steps, each),
  );
}

function compareShare({ first, count }: Share, steps: number, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  let [next, done] = [first, 0];
  return withServer(({ url }) =>
    withStores({ url, count: 1 }, async (_, shared) => {
      const lane = async (tenant: string): Promise<void> => {
        const [redis, memory] = [shared.of(tenant), await memoryStore().open({ clock: systemClock })];
        for (let seed = next++; seed < first + count && found.count === 0; seed = next++) {
          for (const flaw of await differences({ redis, memory, seed, steps })) found.add(flaw);
          progress.step(++done, count, 'sequences');
        }
      };
      await Promise.all(Array.from({ length: LANES }, (_one, index) => lane(`lane-${index}`)));
      const tried = { 'sequences, Redis and memory': done, 'steps, Redis and memory': done * steps };
      return { tried, violations: found.list() };
    }),
  );
}

interface Pair {
  readonly redis: Store;
  readonly memory: Store;
  readonly seed: number;
  readonly steps: number;
}

async function differences({ redis, memory, seed, steps }: Pair): Promise<readonly string[]> {
  const random = fakeRandom(seed + 1);
  const names = { prefix: `d${seed}-`, agent: `bot-${seed}` };
  const before = await lastSeq(redis);
  for (let step = 0; step < steps; step++) {
    const operation = randomOperation(random, names, { ttlMs: TTL_MS });
    const [told, expected] = [await ask(redis, operation), await ask(memory, operation)];
    if (told.says === expected.says && told.version === expected.version) continue;
    return [`sequence ${seed}, step ${step}: Redis said \`${told.says}\`, memory \`${expected.says}\``];
  }
  const [written, kept] = [await entriesAfter(redis, before), await entriesAfter(memory, before)];
  return texts(written) === texts(kept) ? [] : [`sequence ${seed}: the journals differ`];
}

/** Everything but the time, and what hangs on it. */
function texts(entries: Awaited<ReturnType<typeof entriesAfter>>): string {
  return entries.map(({ seq, type, callId, facts }) => JSON.stringify([seq, type, callId, facts])).join('\n');
}
