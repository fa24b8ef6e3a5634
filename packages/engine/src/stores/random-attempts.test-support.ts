import { attemptId } from '../nouns/attempt.ts';
import type { Random } from '../nouns/random.ts';
import type { Play } from '../testing/contract/randomly.ts';
import { call, charge, cost, HOUR_MS, refusing, reservation } from '../testing/contract/samples.ts';

/** Mostly little time passes; sometimes as much as an ended call is kept, or almost. */
const PASSES_MS = [0, 0, 1, HOUR_MS, 36 * HOUR_MS, 72 * HOUR_MS, 72 * HOUR_MS + 1];

const CALLS = 2;

/** Past ten, whose texts are not in the order of their numbers. */
const ATTEMPTS = 11;

/**
 * A random step among a few calls, their attempts and ids that only look like those, while days pass; then what is
 * known of all. The same `random` gives the same steps.
 */
export function randomAttemptsPlay(random: Random): Play {
  const id = anId(random);
  const sweeps = random.below(3) === 0;
  const passesMs = PASSES_MS[random.below(PASSES_MS.length)] ?? 0;
  const step = stepOf(random);
  return async (tested) => {
    const { store, clock } = tested;
    clock.set(clock.now() + passesMs);
    const answer = await step(id)(tested);
    if (sweeps) await store.expire(10);
    return [answer, await Promise.all(IDS.map((each) => store.call(each))), await store.unresolved(20)];
  };
}

const IDS = Array.from({ length: CALLS }, (_, index) => [
  `c${index}.1`,
  ...Array.from({ length: ATTEMPTS }, (__, before) => attemptId(`c${index}`, before + 1)),
]).flat();

/** Mostly one of the first attempts of a call. */
function anId(random: Random): string {
  const of = `c${random.below(CALLS)}`;
  if (random.below(12) === 0) return `${of}.1`;
  return attemptId(of, 1 + random.below(random.below(3) === 0 ? ATTEMPTS : 3));
}

function stepOf(random: Random): (id: string) => Play {
  const attempt = `attempt-${random.below(2)}`;
  const reserve =
    (id: string): Play =>
    ({ store }) =>
      store.reserve(
        reservation(id, { call: call(id), attempt, budgets: [charge('a')], ttlMs: 200 * HOUR_MS }),
      );
  const steps: readonly ((id: string) => Play)[] = [
    reserve,
    reserve,
    reserve,
    (id) => (tested) => tested.store.release(id, {}),
    (id) => (tested) => tested.store.release(id, {}),
    (id) => (tested) => tested.store.release(id, {}),
    (id) => (tested) => tested.store.settle(cost(id, 0n)),
    (id) => (tested) => tested.store.suspend(id, {}),
    (id) => (tested) => tested.store.withdraw({ id, attempt }, {}),
    (id) => (tested) => tested.store.refuse(refusing(id, { attempt })),
  ];
  return steps[random.below(steps.length)] ?? reserve;
}
