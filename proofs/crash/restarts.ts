import type { Store } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import type { RedisServer } from '@torii/sandbox/redis';
import { Recorder } from '../model/recorder.ts';
import { replay } from '../model/replay.ts';
import { randomOperation } from '../overspend/random-operation.ts';
import { auditFlaws, entriesAfter, lastSeq } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import { type Result, Violations } from '../suite/result.ts';
import { withServer, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';

const CLIENTS = 8;
const TTL_MS = 86_400_000;

/** Each client asks for so long before and after the server dies. */
const BEFORE_MS = 150;
const AFTER_QUESTIONS = 40;

/** A client that is refused waits so long before it asks again. */
const PAUSE_MS = 20;

/**
 * Kills Redis itself with SIGKILL while clients ask, and starts it again on its append-only file. Everything that was
 * acknowledged must be there, what was not answered happened whole or not at all, and the history must make sense.
 */
export function restarts(times: number, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  let [questions, unanswered] = [0, 0];
  return withServer((server) =>
    withStores({ url: server.url, count: CLIENTS }, async (stores, sound) => {
      for (let time = 0; time < times && found.count === 0; time++) {
        const record = new Recorder();
        const before = await lastSeq(sound);
        await dies({ server, stores, record, time });
        const entries = await entriesAfter(sound, before);
        questions += record.history.length;
        unanswered += record.history.filter(({ told }) => told === undefined).length;
        for (const flaw of [
          ...replay(record.history, entries, { repliesLost: true }),
          ...(await auditFlaws(sound)),
        ]) {
          found.add(`restart ${time}: ${flaw}`);
        }
        progress.step(time + 1, times, 'restarts');
      }
      return {
        tried: { 'kill -9 of Redis': times, 'questions around them': questions },
        violations: found.list(),
        counted: { 'questions without an answer': unanswered },
      };
    }),
  );
}

interface Dying {
  readonly server: RedisServer;
  readonly stores: readonly Store[];
  readonly record: Recorder;
  readonly time: number;
}

async function dies({ server, stores, record, time }: Dying): Promise<void> {
  let restarted = false;
  const names = { prefix: `r${time}-`, agent: `bot-${time}` };
  const clients = stores.map(async (store, client) => {
    const random = fakeRandom(time * CLIENTS + client + 1);
    for (let after = 0; after < AFTER_QUESTIONS; after += restarted ? 1 : 0) {
      const answered = await record.ask(store, randomOperation(random, names, { ttlMs: TTL_MS }));
      if (!answered) await pause(PAUSE_MS);
    }
  });
  await pause(BEFORE_MS);
  await server.restart();
  restarted = true;
  await Promise.all(clients);
}
