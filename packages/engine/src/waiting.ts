import { within } from './nouns/deadline.ts';
import type { Approval } from './nouns/approval.ts';
import { LONGEST_WAIT_MS, type WaitOptions } from './nouns/engine.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { Waiting } from './nouns/outcome.ts';
import type { Parts } from './parts.ts';

/** How long after one look at an approval the next one is, in milliseconds: at first, and at most. */
const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 2_000;

/** Those who are told when one signal is aborted, and its listener. */
interface Heeding {
  readonly looks: Set<() => void>;
  readonly tell: () => void;
}

/** Who waits in this process for which approval. */
export class Watchers {
  readonly #watching = new Map<string, Set<() => void>>();

  /** Who is told when a signal is aborted. */
  readonly #heeding = new WeakMap<AbortSignal, Heeding>();

  /** Calls `look` whenever somebody says that the approval may have changed. The returned function ends that. */
  watch(approvalId: string, look: () => void): () => void {
    const looks = this.#watching.get(approvalId) ?? new Set();
    this.#watching.set(approvalId, looks.add(look));
    return () => {
      looks.delete(look);
      if (looks.size === 0) this.#watching.delete(approvalId);
    };
  }

  /**
   * Calls `look` when the signal is aborted. The returned function ends that. However many calls share the signal, it has
   * one listener of ours: of more than ten Node warns as of a leak.
   */
  heed(signal: AbortSignal, look: () => void): () => void {
    const heeding = this.#heeding.get(signal) ?? this.#heedingOf(signal);
    heeding.looks.add(look);
    return () => {
      heeding.looks.delete(look);
      if (heeding.looks.size > 0) return;
      signal.removeEventListener('abort', heeding.tell);
      this.#heeding.delete(signal);
    };
  }

  #heedingOf(signal: AbortSignal): Heeding {
    const looks = new Set<() => void>();
    const heeding = { looks, tell: (): void => looks.forEach((look) => look()) };
    signal.addEventListener('abort', heeding.tell);
    this.#heeding.set(signal, heeding);
    return heeding;
  }

  /** An approval was voted on or cancelled here. */
  tell(approvalId: string): void {
    for (const look of this.#watching.get(approvalId) ?? []) look();
  }

  /** Nobody is to wait any longer. */
  tellAll(): void {
    for (const approvalId of this.#watching.keys()) this.tell(approvalId);
  }
}

/** What is wrong with how long a caller wants to wait, if anything. */
export function waitProblem({ waitMs = 0 }: WaitOptions): Denial | undefined {
  if (Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= LONGEST_WAIT_MS) return undefined;
  return deny('CALL_INVALID', `expected \`waitMs\` as 0 to ${LONGEST_WAIT_MS} milliseconds`);
}

/** What waiting came to: `over` where the call is to be repeated, for it was decided or the time is up. */
export type Waited = { readonly kind: 'over' } | { readonly kind: 'ended'; readonly waiting: Waiting };

/**
 * Waits until the approval of a call is decided, as long as the options say. It looks when this process saw a vote, and
 * otherwise now and then, because other processes vote too. `ended` once the signal is aborted or the engine closes.
 * A store that does not answer is asked again.
 */
export async function waitForPeople(
  parts: Parts,
  waiting: Waiting,
  { waitMs = 0, signal }: WaitOptions,
): Promise<Waited> {
  const { clock } = parts;
  const untilMs = clock.now() + waitMs;
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const unwatch = parts.watchers.watch(waiting.approval.id, ring);
  const unheed = signal && parts.watchers.heed(signal, ring);
  const isEnded = (): boolean => signal?.aborted === true || parts.closing();
  let last = waiting;
  try {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
      if (isEnded()) return { kind: 'ended', waiting: last };
      const approval = await bell.unless(looked(parts, waiting), isEnded);
      if (approval !== undefined) last = { ...last, approval };
      if (last.approval.status !== 'pending') return { kind: 'over' };
      if (isEnded()) return { kind: 'ended', waiting: last };
      const leftMs = untilMs - clock.now();
      // Written so that a clock that fails ends the waiting.
      if (!(leftMs > 0)) return { kind: 'over' };
      await bell.within(clock, Math.min(pollMs, leftMs));
    }
  } finally {
    unwatch();
    unheed?.();
  }
}

/** How the approval stands; undefined where nobody can say. */
async function looked(
  { store, clock, storeTimeoutMs, onError }: Parts,
  { approval }: Waiting,
): Promise<Approval | undefined> {
  try {
    const own = store.of(approval.action.tenant);
    return await within(clock, storeTimeoutMs, own.approval(approval.id));
  } catch (error) {
    onError(error instanceof Error ? error : new Error('the store cannot answer'));
    return undefined;
  }
}

/** Wakes one who waits; what rang before is heard by the next wait. */
class Bell {
  #rung = false;
  #hear: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#hear?.();
  }

  /** Resolves once it rings, or after the time. */
  async within(clock: Parts['clock'], limitMs: number): Promise<void> {
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.#hear = resolve;
      cancel = clock.after(limitMs, resolve, 'somebody waits');
      if (this.#rung) resolve();
    });
    cancel?.();
    this.#hear = undefined;
    this.#rung = false;
  }

  /** The answer of the work, or undefined once it rings and nobody wants that answer any more. */
  async unless<T>(work: Promise<T>, isEnded: () => boolean): Promise<T | undefined> {
    this.#rung = false;
    const ended = new Promise<undefined>((resolve) => {
      this.#hear = () => {
        if (isEnded()) resolve(undefined);
      };
    });
    const answer = await Promise.race([work, ended]);
    this.#hear = undefined;
    return answer;
  }
}
