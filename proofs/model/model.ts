import { type Held, type Known, Ledger } from './ledger.ts';
import { again, first, type Operation, standingText } from './operation.ts';

/** What a step would say and write. It counts once it is kept. */
export interface Foreseen {
  readonly says: string;

  /** The entries it writes: type, and the call that they are about. */
  readonly entries: readonly string[];
  readonly draft: Ledger;
}

type Asked<Kind extends Operation['kind']> = Extract<Operation, { readonly kind: Kind }>;

/**
 * What a store has to do, one operation after the other and without a thought of speed, clocks or crashes. Written from
 * the contract (`Store`), not from any store: it shares no line with them.
 */
export class Model {
  readonly #ledger = new Ledger();

  /** What the store must say to an operation now. */
  foresee(operation: Operation): Foreseen {
    const draft = new Ledger(this.#ledger);
    const step = new Step(draft);
    const says = step.take(operation);
    return { says, entries: step.entries, draft };
  }

  /** Lets a foreseen step have happened. */
  keep({ draft }: Foreseen): void {
    this.#ledger.keep(draft);
  }

  call(id: string): Known | undefined {
    return this.#ledger.call(id);
  }

  /** A call whose time is up: what was not started returns its money, what was started keeps it. */
  timeIsUp(id: string): void {
    const call = this.#ledger.call(id);
    if (call === undefined) return;
    const draft = new Ledger(this.#ledger);
    const step = new Step(draft);
    if (call.state === 'started') step.move(id, call, { state: 'unresolved' });
    else step.giveBack(id, call, 'expired');
    this.#ledger.keep(draft);
  }

  lift(key: string): void {
    this.#ledger.change(key, { frozen: false });
  }

  revoke(agent: string, revoked: boolean): void {
    this.#ledger.revoke(agent, revoked);
  }

  isFrozen(key: string): boolean {
    return this.#ledger.sums(key).frozen;
  }
}

const HOLDING = ['held', 'started', 'unresolved'];
const AS_RESERVED = ['held', 'started', 'denied'];

class Step {
  readonly entries: string[] = [];
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  take(operation: Operation): string {
    switch (operation.kind) {
      case 'reserve':
        return this.#reserve(operation);
      case 'start':
        return this.#start(operation);
      case 'extend':
        return this.#extend(operation);
      case 'settle':
        return this.#end(operation.id, (call) => this.#settle(operation, call));
      case 'release':
        return this.#end(operation.id, (call) => this.giveBack(operation.id, call, 'released'));
      case 'withdraw':
        return this.#withdraw(operation);
      case 'suspend':
        return this.#end(operation.id, (call) => this.#suspend(operation.id, call));
      case 'move':
        return this.#moveMoney(operation);
      default:
        throw new Error(`expected an operation that is told a version, got \`${operation.kind}\``);
    }
  }

  #reserve(asked: Asked<'reserve'>): string {
    const { id, attempt, requestHash, agent, then, rates, ttlMs } = asked;
    const known = this.#ledger.call(id);
    if (known !== undefined && !known.withdrawn) return this.#repeat(known, asked);
    const held = asked.charges.map((one) => ({ ...one, wallet: one.wallet === true }));
    const made = { agent, requestHash, attempt, withdrawn: false, ttlMs } as const;
    const code = this.#objection(agent, held) ?? this.#rateObjection(rates);
    if (code !== undefined) {
      this.#ledger.putCall(id, { ...made, state: 'denied', held: [], code, ttlMs: undefined });
      this.#write('call.denied', id);
      return ['refused', 'fresh', code].join(', ');
    }
    for (const { key, amount } of held) this.#hold(key, amount);
    for (const { key } of rates) this.#ledger.countOne(key);
    const state = then === 'start' ? 'started' : 'held';
    this.#ledger.putCall(id, { ...made, state, held, code: undefined });
    this.#write('call.reserved', id);
    return ['reserved', 'fresh', state, ...this.#standing(held)].join(', ');
  }

  #repeat(known: Known, { requestHash, attempt }: Asked<'reserve'>): string {
    if (known.requestHash !== requestHash) return 'conflict';
    const fresh = again(known.attempt === attempt && AS_RESERVED.includes(known.state));
    if (known.state === 'denied') return ['refused', fresh, known.code].join(', ');
    return ['reserved', fresh, known.state, ...this.#standing(known.held)].join(', ');
  }

  #start({ id, attempt, ttlMs }: Asked<'start'>): string {
    const call = this.#ledger.call(id);
    if (call === undefined) return 'unknown-call';
    const mine = call.state === 'started' && call.attempt === attempt;
    if (mine) return ['started', 'started', ...this.#standing(call.held)].join(', ');
    if (call.state !== 'held') return ['not-startable', call.state].join(', ');
    if (this.#ledger.isRevoked(call.agent)) {
      return ['not-startable', this.giveBack(id, call, 'released').state].join(', ');
    }
    this.#write('call.started', id);
    const started = this.move(id, { ...call, attempt }, { state: 'started', ttlMs });
    return ['started', 'started', ...this.#standing(started.held)].join(', ');
  }

  #extend({ id, units, ttlMs }: Asked<'extend'>): string {
    const call = this.#ledger.call(id);
    if (call === undefined) return 'unknown-call';
    if (call.state !== 'held' && call.state !== 'started') return ['not-extendable', call.state].join(', ');
    const raises = call.held
      .map((one) => ({ ...one, amount: units - one.amount }))
      .filter(({ amount }) => amount > 0n);
    const code = this.#objection(call.agent, raises);
    if (code !== undefined) {
      this.#write('call.denied', id);
      return ['refused', code].join(', ');
    }
    for (const { key, amount } of call.held) this.#hold(key, units - amount);
    const held = call.held.map((one) => ({ ...one, amount: units }));
    this.#write('call.extended', id);
    const extended = this.move(id, { ...call, held }, { state: call.state, ttlMs });
    return ['extended', extended.state, ...this.#standing(held)].join(', ');
  }

  #settle({ id, units }: Asked<'settle'>, call: Known): Known {
    const frozen: Held[] = [];
    for (const charge of call.held) {
      const { spent, held } = this.#ledger.sums(charge.key);
      this.#ledger.change(charge.key, { spent: spent + units, held: held - charge.amount });
      if (units > charge.amount && this.#left(charge) < 0n) {
        this.#ledger.change(charge.key, { frozen: true });
        frozen.push(charge);
      }
    }
    this.#write('call.settled', id);
    for (const _ of frozen) this.#write('budget.frozen', id);
    return this.move(id, call, { state: 'settled' });
  }

  #suspend(id: string, call: Known): Known {
    if (call.state === 'unresolved') return call;
    this.#write('call.unresolved', id);
    return this.move(id, call, { state: 'unresolved' });
  }

  #withdraw({ id, attempt }: Asked<'withdraw'>): string {
    const call = this.#ledger.call(id);
    if (call !== undefined && call.attempt !== attempt) {
      return ['ended', 'later', call.state, ...this.#standing(call.held)].join(', ');
    }
    return this.#end(id, (known) => {
      const released = { ...this.giveBack(id, known, 'released'), withdrawn: true };
      this.#ledger.putCall(id, released);
      return released;
    });
  }

  /** The first end counts; later ones are told how it ended. */
  #end(id: string, change: (call: Known) => Known): string {
    const call = this.#ledger.call(id);
    if (call === undefined) return 'unknown-call';
    const isFirst = HOLDING.includes(call.state);
    const now = isFirst ? change(call) : call;
    return ['ended', first(isFirst), now.state, ...this.#standing(now.held)].join(', ');
  }

  /** Every micro-dollar that the call holds returns. */
  giveBack(id: string, call: Known, state: 'released' | 'expired'): Known {
    for (const { key, amount } of call.held) this.#hold(key, -amount);
    this.#write(`call.${state}`, id);
    return this.move(id, call, { state });
  }

  move(id: string, call: Known, { state, ttlMs }: Pick<Known, 'state'> & { readonly ttlMs?: number }): Known {
    const moved = { ...call, state, ttlMs };
    this.#ledger.putCall(id, moved);
    return moved;
  }

  #moveMoney({ id, from, to, units }: Asked<'move'>): string {
    const parts = JSON.stringify([from, to, units.toString()]);
    const known = this.#ledger.movement(id);
    if (known !== undefined) return known === parts ? 'moved, later' : 'conflict';
    if (from !== undefined) {
      const { funds, spent, held, frozen } = this.#ledger.sums(from);
      if (frozen) return 'frozen';
      const left = funds - spent - held;
      if (left < units) return `insufficient, ${left < 0n ? 0n : left} left`;
      this.#ledger.change(from, { funds: funds - units });
    }
    if (to !== undefined) this.#ledger.change(to, { funds: this.#ledger.sums(to).funds + units });
    this.#ledger.putMovement(id, parts);
    const [inward, outward] = [from === undefined, to === undefined];
    this.#write(inward ? 'wallet.credited' : outward ? 'wallet.debited' : 'wallet.transferred', '');
    return 'moved, first';
  }

  /** The code that comes first in the documented order, of everything that is wrong. */
  #objection(agent: string, held: readonly Held[]): string | undefined {
    const codes = new Set<string>();
    if (this.#ledger.isRevoked(agent)) codes.add('REVOKED');
    const asked = new Map<string, bigint>();
    for (const charge of held) {
      const before = asked.get(charge.key) ?? 0n;
      asked.set(charge.key, before + charge.amount);
      if (this.#ledger.sums(charge.key).frozen) codes.add('BUDGET_FROZEN');
      else if (charge.amount > this.#left(charge) - before) {
        codes.add(charge.wallet ? 'WALLET_INSUFFICIENT' : 'BUDGET_EXCEEDED');
      }
    }
    return ['REVOKED', 'BUDGET_FROZEN', 'BUDGET_EXCEEDED', 'WALLET_INSUFFICIENT'].find((code) =>
      codes.has(code),
    );
  }

  #rateObjection(rates: Asked<'reserve'>['rates']): string | undefined {
    return rates.some(({ key, limit }) => this.#ledger.count(key) >= limit) ? 'RATE_EXCEEDED' : undefined;
  }

  #left({ key, limit, wallet }: Held): bigint {
    const { funds, spent, held } = this.#ledger.sums(key);
    return (wallet ? funds : limit) - spent - held;
  }

  #hold(key: string, amount: bigint): void {
    this.#ledger.change(key, { held: this.#ledger.sums(key).held + amount });
  }

  #standing(held: readonly Held[]): readonly string[] {
    return held.map(({ key }) => standingText({ key, ...this.#ledger.sums(key) }));
  }

  #write(type: string, callId: string): void {
    this.entries.push(`${type} ${callId}`);
  }
}
