import { ToriiError } from '../../nouns/errors.ts';
import type { Random } from '../../nouns/random.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { Reservation } from '../../nouns/hold.ts';
import {
  credit,
  debit,
  extension,
  ofCarveOut,
  ofWallet,
  OTHER_WALLET,
  transfer,
  WALLET,
} from './account-samples.ts';
import type { Tested } from './contract-case.ts';
import { cost } from './samples.ts';

/** A step for the call of an id. All that is random of it is drawn before, so that every store plays the same. */
export type Act = (id: string) => (tested: Tested) => Promise<unknown>;

/** Few movements, so that some are repeated, and some of those with other parts. */
const MOVEMENTS = 40;

/** A random step that moves money of wallets, ends what was set aside, or asks for another amount. */
export function randomAccountAct(random: Random, amount: bigint): Act {
  const movement = randomMovement(random, amount);
  const [by, ttlMs] = [['ada', 'eve'][random.below(2)] ?? '', 5 + random.below(40)];
  const policies = random.below(4) === 0 ? 'policies-2' : 'policies-1';
  const acts: readonly Act[] = [
    () => (tested) => tested.store.move(movement),
    (id) => (tested) => tested.store.extend(extension(id, amount, { ttlMs, policies, facts: { by } })),
    (id) => (tested) => tested.store.extend(extension(id, amount / 2n, { ttlMs, facts: { by } })),
    (id) => (tested) => tested.store.extend(extension(id, 2n * amount, { ttlMs, facts: { by } })),
    (id) => (tested) => tested.store.closeCarveOut(id, { by }),
    (id) => (tested) => settledAsSpent(tested, id),
    (id) => (tested) => accountQuestions(tested, id),
    () => (tested) => tested.store.unfreeze(WALLET, { by }),
  ];
  return acts[random.below(acts.length)] ?? (() => (tested) => tested.store.history(WALLET, { limit: 3 }));
}

/** Charges of wallets and of what another call of the same generation set aside. */
export function randomAccountCharges(
  random: Random,
  amount: bigint,
): (id: string) => readonly BudgetCharge[] {
  const [kind, parent] = [random.below(12), random.below(6)];
  return (id) => {
    if (kind === 0) return [ofWallet(amount)];
    if (kind === 1) return [ofWallet(amount, OTHER_WALLET), ofWallet(1n)];
    return kind < 5 ? [ofCarveOut(id.replace(/^c\d/, `c${parent}`), amount)] : [];
  };
}

/** Sets aside what is held. */
export function randomCarve(random: Random, amount: bigint): Reservation['then'] | undefined {
  return random.below(4) === 0 ? { kind: 'carve', currency: 'USD', units: 2n * amount } : undefined;
}

function randomMovement(random: Random, amount: bigint): ReturnType<typeof credit> {
  const id = `m${random.below(MOVEMENTS)}`;
  const units = 1n + amount;
  const made = [credit, credit, debit, transfer][random.below(4)] ?? credit;
  return made(id, { units, facts: { by: 'ada' } });
}

/** Closes what a call set aside and settles as what was spent of it, as its owner would. */
async function settledAsSpent({ store }: Tested, id: string): Promise<unknown> {
  const status = await store.closeCarveOut(id, {});
  return [status, await orMistake(store.settle(cost(id, status?.spent ?? 0n)))];
}

/** What a caller's mistake is answered with, for steps that may be one. */
export async function orMistake<T>(answer: Promise<T>): Promise<T | string> {
  try {
    return await answer;
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'MONEY_INVALID') return error.message;
    throw error;
  }
}

async function accountQuestions({ store }: Tested, id: string): Promise<unknown> {
  const charges = [ofWallet(), ofWallet(1n, OTHER_WALLET), ofCarveOut(id)];
  return [
    await store.status(charges, []),
    await store.history(WALLET, { limit: 3 }),
    await store.history(OTHER_WALLET, { beforeSeq: 40, limit: 3 }),
  ];
}
