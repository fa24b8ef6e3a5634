import type { Store } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { startFaultProxy } from '@torii/sandbox/redis';
import { Recorder } from '../model/recorder.ts';
import { replay } from '../model/replay.ts';
import { randomOperation } from '../overspend/random-operation.ts';
import { auditFlaws, entriesAfter, lastSeq } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import { type Result, Violations } from '../suite/result.ts';
import { openRedisStore, patiently, withServer, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import type { Disturbance, Reach } from './disturbances.ts';
import { inLanes } from './lanes.ts';

/** Makes a store of Redis worse. */
export type Breaking = (store: Store) => Store;

const CLIENTS = 8;

/** Rounds at a time, each with a server of its own. */
const LANES = 4;
const TTL_MS = 86_400_000;
const COMMAND_MS = 150;

/** Questions of each client once it is over. */
const AFTERWARDS = 15;

/** Which disturbances, and how often each. */
export interface Disturbing {
  readonly disturbances: readonly Disturbance[];
  readonly rounds: number;
  readonly breaking?: Breaking;
}

/**
 * Clients ask at random while Redis or the network fails in one way after the other. Every answer must make sense beside
 * all others and the journal; what was not answered happened whole or not at all; and once it is over, all of them are
 * answered again.
 */
export async function disturbed(
  { disturbances, rounds, breaking = (sound) => sound }: Disturbing,
  { progress }: Proving,
): Promise<Result> {
  const found = new Violations();
  const results: Record<string, number> = {};
  let [questions, done, slowest] = [0, 0, 0];
  const count = (disturbance: Disturbance, told: Told): void => {
    for (const flaw of told.flaws) found.add(`${disturbance.name}: ${flaw}`);
    const name = `unanswered, ${disturbance.name}`;
    results[name] = (results[name] ?? 0) + told.unanswered;
    questions += told.questions;
    slowest = Math.max(slowest, told.slowestMs);
    progress.step(++done, disturbances.length * rounds, 'disturbances');
  };
  const all = Array.from({ length: rounds }, (_, round) => round);
  await inLanes(LANES, all, (round) =>
    inField(breaking, async (field) => {
      for (const [index, disturbance] of disturbances.entries()) {
        if (found.count > 0) return;
        const nth = round * disturbances.length + index;
        count(disturbance, await oneRound(field, { round: nth, disturbance }));
      }
    }),
  );
  return {
    tried: { disturbances: done, 'questions around them': questions },
    violations: found.list(),
    counted: { ...results, 'slowest answer in ms': Math.round(slowest) },
  };
}

interface Field {
  readonly asked: readonly Store[];

  /** Not through the proxy. */
  readonly direct: Store;
  readonly reach: Reach;
}

interface Told {
  readonly flaws: readonly string[];
  readonly questions: number;
  readonly unanswered: number;
  readonly slowestMs: number;
}

/** Lends a server behind a proxy, and clients that reach it through that alone. */
function inField(breaking: Breaking, use: (field: Field) => Promise<void>): Promise<void> {
  return withServer(async (server) => {
    const proxy = await startFaultProxy(server);
    const direct = await openRedisStore(server.url);
    const tuning = { commandTimeoutMs: COMMAND_MS };
    try {
      await withStores({ url: proxy.url, count: CLIENTS, tuning }, (stores) =>
        use({ asked: stores.map(breaking), direct, reach: { server, proxy } }),
      );
    } finally {
      await direct.close();
      await proxy.stop();
    }
  });
}

async function oneRound(
  { asked, direct, reach }: Field,
  { round, disturbance }: { readonly round: number; readonly disturbance: Disturbance },
): Promise<Told> {
  const before = await patiently(() => lastSeq(direct));
  const record = new Recorder();
  let [over, slowestMs] = [false, 0];
  const clients = asked.map(async (store, client) => {
    const random = fakeRandom(round * CLIENTS + client + 1);
    const names = { prefix: `f${round}-`, agent: `bot-${round}` };
    for (let after = 0, tries = 0; after < AFTERWARDS && tries < MOST_TRIES; tries++) {
      const startedAt = performance.now();
      const isAnswered = await record.ask(store, randomOperation(random, names, { ttlMs: TTL_MS }));
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      if (over && isAnswered) after += 1;
      await pause(isAnswered ? 1 : PAUSE_MS);
    }
    if (!over) throw new Error('a client asked more than it was meant to');
  });
  await pause(30);
  await disturbance.happen(reach);
  over = true;
  await Promise.all(clients);
  const entries = await patiently(() => entriesAfter(direct, before));
  const missing = record.history.filter(({ told }) => told === undefined).length;
  return {
    flaws: [
      ...replay(record.history, entries, { repliesLost: true }),
      ...(await patiently(() => auditFlaws(direct))),
    ],
    questions: record.history.length,
    unanswered: missing,
    slowestMs,
  };
}

const PAUSE_MS = 10;
const MOST_TRIES = 4_000;
