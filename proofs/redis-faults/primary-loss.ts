import type { Store } from '@torii/engine';
import { isUnavailable } from '../model/operation.ts';
import { type Happened, replay } from '../model/replay.ts';
import { asking, charge } from '../suite/asking.ts';
import { allEntries, auditFlaws, lastSeq } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import { type Result, together } from '../suite/result.ts';
import { awake, openRedisStore, patiently, type RedisTuning, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import { Askers } from './askers.ts';
import type { Breaking } from './disturbed.ts';
import { lossIn } from './forgetting.ts';
import { inLanes } from './lanes.ts';
import type { Outage } from './outages.ts';
import { type Pair, withPair } from './pair.ts';

type Durability = 'local' | 'replicated';

const CLIENTS = 8;
const LANES = 14;
const COMMAND_MS = 500;
const BEFORE_MS = 200;

/** How long a primary that has slept is believed to be one still. */
const BELIEVED_MS = 300;

/** What has been sent arrives in this time, or never. */
const ARRIVES_MS = 50;
const PATIENCE_MS = 20_000;

/** Which outages, how often each, and what is promised. */
export interface Losing {
  readonly outages: readonly Outage[];
  readonly rounds: number;
  readonly durabilities: readonly Durability[];

  /** Whether the loss of what was answered breaks a promise also without WAIT. */
  readonly promised?: boolean;
  readonly breaking?: Breaking;

  /** How long clients may take to come back, in milliseconds. */
  readonly patienceMs?: number;
}

/**
 * Takes the primary away from clients that ask at random: the same one comes back, or its replica takes its place. What
 * was answered must make sense beside the journal of whoever is the primary then, every end once and every budget within
 * its limit, and all clients must be answered again. Where answers are lost, which only `local` may do, no process that
 * was given them may be granted anything, until an operator accepts the loss.
 */
export function losesPrimary(losing: Losing, { progress }: Proving): Promise<Result> {
  const { outages, rounds, durabilities } = losing;
  const jobs = outages.flatMap((outage) =>
    Array.from({ length: rounds }, (_, round) =>
      durabilities.map((durability): Case => ({ outage, durability, seed: round + 1 })),
    ).flat(),
  );
  const results = new Map<Case, Result>();
  const slowest: Record<string, number> = {};
  return awake(async () => {
    await inLanes(LANES, jobs, async (one) => {
      const { backMs, ...told } = await new PrimaryLoss(losing, one).happen();
      const name = `slowest return in ms, ${one.durability}`;
      slowest[name] = Math.max(slowest[name] ?? 0, Math.round(backMs));
      results.set(one, told);
      progress.step(results.size, jobs.length, 'losses');
    });
    const { tried, violations, counted } = together(jobs.flatMap((one) => results.get(one) ?? []));
    return { tried, violations, counted: { ...counted, ...slowest } };
  });
}

interface Case {
  readonly outage: Outage;
  readonly durability: Durability;
  readonly seed: number;
}

class PrimaryLoss {
  readonly #losing: Losing;
  readonly #case: Case;
  readonly #flaws: string[] = [];
  #lost = 0;
  #backMs = 0;

  constructor(losing: Losing, one: Case) {
    this.#losing = losing;
    this.#case = one;
  }

  async happen(): Promise<Result & { readonly backMs: number }> {
    const { outage, durability, seed } = this.#case;
    const replicas = durability === 'replicated' ? 1 : 0;
    const tuning: RedisTuning = { durability, replicas, commandTimeoutMs: COMMAND_MS };
    const { breaking = (sound: Store): Store => sound } = this.#losing;
    const history = await withPair((pair) =>
      withStores({ url: pair.front.url, count: CLIENTS, tuning }, async (stores) => {
        const askers = new Askers(stores.map(breaking), seed);
        askers.begin();
        await pause(BEFORE_MS);
        await this.#interrupt(pair, askers);
        await askers.stop();
        return askers.history;
      }),
    );
    const unanswered = history.filter(({ told }) => told === undefined).length;
    return {
      tried: {
        [`${outage.name}, ${durability}`]: 1,
        [`questions around it, ${durability}`]: history.length,
      },
      violations: this.#flaws.map((flaw) => `${outage.name}, ${durability}, seed ${seed}: ${flaw}`),
      counted: {
        [`unanswered around it, ${durability}`]: unanswered,
        [`answered and lost with it, ${durability}`]: this.#lost,
      },
      backMs: this.#backMs,
    };
  }

  async #interrupt(pair: Pair, askers: Askers): Promise<void> {
    const { outage } = this.#case;
    await outage.begin(pair);
    await pause(outage.lastsMs);
    if (outage.promotes) return this.#replace(pair, askers);
    outage.end(pair);
    const direct = await openRedisStore(pair.primary.url);
    await this.#isWhole(askers, direct);
    await direct.close();
  }

  /** Clients ask all the while, except where they may know of more than there is: those are asked one by one. */
  async #replace(pair: Pair, askers: Askers): Promise<void> {
    const { outage, durability } = this.#case;
    const { primary, replica, front, target } = pair;
    await replica.command('REPLICAOF', 'NO', 'ONE');
    if (outage.wakesUp) {
      outage.end(pair);
      await pause(BELIEVED_MS);
    }
    front.reset();
    if (durability === 'local') await askers.stop();
    await pause(ARRIVES_MS);
    const direct = await openRedisStore(replica.url);
    this.#lost = await answersMissing(direct, askers.history);
    const seq = await lastSeq(direct);
    await primary.command('REPLICAOF', '127.0.0.1', String(replica.port));
    target.port = replica.port;
    front.heal();
    if (this.#lost === 0) {
      if (durability === 'local') askers.begin();
      await this.#isWhole(askers, direct);
    } else {
      if (durability === 'replicated' || this.#losing.promised === true)
        this.#flaws.push(`${this.#lost} answers that were given are gone`);
      await this.#isNoticed(pair, askers.knowingMoreThan(seq));
    }
    await direct.close();
  }

  /** Everybody is answered again, and all answers make sense. */
  async #isWhole(askers: Askers, direct: Store): Promise<void> {
    const { patienceMs = PATIENCE_MS } = this.#losing;
    const { missing, tookMs } = await askers.back(patienceMs);
    this.#backMs = tookMs;
    if (missing > 0)
      this.#flaws.push(`${missing} of ${CLIENTS} clients were not answered within ${patienceMs} ms`);
    await askers.stop();
    const missed = await answersMissing(direct, askers.history);
    if (missed > 0) this.#flaws.push(`${missed} answers that were given are not in the journal`);
    const entries = await patiently(() => allEntries(direct));
    this.#flaws.push(...replay(askers.history, entries, { repliesLost: true }));
    this.#flaws.push(...(await patiently(() => auditFlaws(direct))));
  }

  /** Nobody who knows of more is granted anything, and somebody is told what to do about it. */
  async #isNoticed({ replica }: Pair, knowing: readonly Store[]): Promise<void> {
    const startedAt = performance.now();
    const told = await Promise.all(knowing.map(firstAnswer));
    const granted = told.filter(({ answered }) => answered).length;
    if (granted > 0)
      this.#flaws.push(`${granted} processes were answered though they knew of more than there was`);
    const acceptLoss = told.find(({ loss }) => loss !== undefined)?.loss;
    if (acceptLoss === undefined) return void this.#flaws.push('nobody was told what was lost');
    const store = await openRedisStore(replica.url, { acceptLoss });
    const answer = await store.reserve(asking('accepted', [charge('never charged', FITTING)]));
    if (answer.kind !== 'reserved') this.#flaws.push('an accepted loss granted nothing');
    await store.close();
    this.#backMs = performance.now() - startedAt;
  }
}

const FITTING = { amount: 1n, limit: 1n };
const MOST_TRIES = 500;

/** Asks until it is judged by whoever is the primary now, or told the name of the loss. */
async function firstAnswer(store: Store): Promise<{ readonly answered: boolean; readonly loss?: string }> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    try {
      await store.reserve(asking('afterwards', [charge('afterwards', FITTING)]));
      return { answered: true };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      const loss = lossIn(error);
      if (loss !== undefined) return { answered: false, loss };
    }
    await pause(20);
  }
  return { answered: false };
}

/** How many answers tell of entries that are not in this journal. */
async function answersMissing(store: Store, history: readonly Happened[]): Promise<number> {
  const entries = await patiently(() => allEntries(store));
  const written = new Set(entries.map(({ facts }) => facts['tag']));
  return history.filter(({ told, tag, operation }) => {
    if (told === undefined) return false;
    if (told.version !== undefined) return told.version > entries.length;
    return told.says === 'true' && operation.kind !== 'expire' && !written.has(tag);
  }).length;
}
