import type { Entry } from '@torii/engine';
import { type Foreseen, Model } from './model.ts';
import type { Operation, Told } from './operation.ts';

/** An operation that somebody sent, and what came back. */
export interface Happened {
  readonly operation: Operation;

  /** Written with the entries of the operation, where the store was told it. */
  readonly tag?: string;

  /** Undefined where no answer ever came: it may have happened or not. */
  readonly told: Told | undefined;

  /** Ticks of one clock that all clients share. */
  readonly sentAt: number;
  readonly toldAt: number;
}

/**
 * Checks a history against the model. Answers say after which entry of the journal they were given, so there is one
 * order in which they must make sense: replaying them in it takes one pass, however many clients there were.
 *
 * Answers what does not make sense, one sentence each; empty for a store that kept its promises.
 */
export function replay(
  history: readonly Happened[],
  entries: readonly Entry[],
  { repliesLost = false }: Wire = {},
): readonly string[] {
  return new Replay(history, entries, repliesLost).flaws();
}

/** What was between the clients and the store. */
export interface Wire {
  /** A client whose reply is lost asks by itself again, and is told what a repeat is told. */
  readonly repliesLost?: boolean;
}

/** Why a store takes back by itself what it has started. */
const TAKEN_BACK = 'too few replicas had it in time; nothing ran';

class Replay {
  readonly #model = new Model();
  readonly #flaws: string[] = [];
  readonly #entries: readonly Entry[];
  readonly #answered: ReadonlyMap<number, Happened[]>;
  readonly #unanswered: Happened[];
  readonly #deadlines = new Map<string, number>();
  readonly #from: number;
  #version: number;

  constructor(
    readonly history: readonly Happened[],
    entries: readonly Entry[],
    readonly repliesLost: boolean,
  ) {
    this.#entries = entries;
    this.#from = (entries[0]?.seq ?? 1) - 1;
    this.#version = this.#from;
    const answered = new Map<number, Happened[]>();
    for (const happened of history) {
      const version = happened.told?.version;
      if (version === undefined) continue;
      const group = answered.get(version) ?? [];
      group.push(happened);
      answered.set(version, group);
    }
    this.#answered = answered;
    this.#unanswered = history.filter(
      ({ told, operation }) => told === undefined && !UNVERSIONED.has(operation.kind),
    );
  }

  flaws(): readonly string[] {
    this.#flaws.push(...overtaken(this.history));
    const versions = [...this.#answered.keys()].sort((a, b) => a - b);
    for (const version of versions) {
      const group = this.#answered.get(version) ?? [];
      const rest = this.#advance(version, group);
      if (rest === undefined) return this.#flaws;
      for (const happened of rest) this.#compare(happened, this.#model.foresee(happened.operation), false);
    }
    this.#advance(this.#from + this.#entries.length, []);
    return this.#flaws;
  }

  /** Goes on to a version, with the one of the group that wrote its last entry. Answers the others of the group. */
  #advance(version: number, group: readonly Happened[]): readonly Happened[] | undefined {
    if (version < this.#from || version > this.#from + this.#entries.length) {
      this.#flaws.push(
        `an answer is of version ${version}, and the journal has ${this.#from + this.#entries.length}`,
      );
      return undefined;
    }
    while (this.#version < version) {
      const writer = this.#writerOf(group, version);
      if (writer !== undefined) {
        const foreseen = this.#model.foresee(writer.operation);
        this.#compare(writer, foreseen, true);
        this.#keep(writer.operation, foreseen);
        return group.filter((other) => other !== writer);
      }
      if (this.#happensByItself() || this.#wasUnanswered(version) || this.#wasAskedBefore(version)) continue;
      const entry = this.#entries[this.#version - this.#from];
      const said = group.map(({ operation, told }) => `${named(operation)}: ${told?.says}`).join('; ');
      this.#flaws.push(
        `entry ${this.#version + 1}, \`${describe(entry)}\`, is nothing that was asked for` +
          (said === '' ? '' : ` (then came ${said})`),
      );
      return undefined;
    }
    return group;
  }

  /** Who wrote the last entry of a version: of several who could have, one that was told so. */
  #writerOf(group: readonly Happened[], version: number): Happened | undefined {
    const able = group.filter((one) => this.#reaches(one, version));
    const told = able.find((one) => one.told?.says === this.#model.foresee(one.operation).says);
    // Whoever was told of a repeat has asked before.
    return told ?? (this.repliesLost ? undefined : able[0]);
  }

  /** Whether the next entries are those that it writes, the last of them being of that version. */
  #reaches(happened: Happened, version: number): boolean {
    const { entries } = this.#model.foresee(happened.operation);
    return (
      entries.length > 0 && this.#version + entries.length === version && this.#isNext(happened, entries)
    );
  }

  #isNext({ tag }: Happened, described: readonly string[]): boolean {
    const next = this.#version - this.#from;
    return described.every((text, index) => {
      const entry = this.#entries[next + index];
      const written = entry?.facts['tag'];
      return describe(entry) === text && (written === undefined || written === tag);
    });
  }

  #keep(operation: Operation, foreseen: Foreseen): void {
    const before = 'id' in operation ? this.#model.call(operation.id) : undefined;
    this.#model.keep(foreseen);
    this.#version += foreseen.entries.length;
    // A question that was refused gives no call more time.
    if (!('id' in operation) || this.#model.call(operation.id) === before) return;
    const ttlMs = this.#model.call(operation.id)?.ttlMs;
    const at = this.#entries[this.#version - this.#from - 1]?.at;
    if (ttlMs === undefined || at === undefined) this.#deadlines.delete(operation.id);
    else this.#deadlines.set(operation.id, at + ttlMs);
  }

  /** What nobody is told the version of: time, and what people do without asking for money. */
  #happensByItself(): boolean {
    const entry = this.#entries[this.#version - this.#from];
    if (entry === undefined || !this.#byItself(entry)) return false;
    this.#version += 1;
    return true;
  }

  #byItself(entry: Entry): boolean {
    const { type, callId = '', facts } = entry;
    switch (type) {
      case 'call.expired':
      case 'call.unresolved':
        return this.#timeIsUp(callId, entry);
      case 'call.released':
        return this.#isTakenBack(callId, facts['reason']);
      case 'budget.unfrozen':
        return this.#isLifted(facts['budget']);
      case 'access.revoked':
      case 'access.restored':
        this.#model.revoke(agentIn(facts), type === 'access.revoked');
        return true;
      default:
        return false;
    }
  }

  /** A start that too few replicas had is taken back by the store: whoever asked was told that nothing runs. */
  #isTakenBack(id: string, reason: Entry['facts'][string] | undefined): boolean {
    const attempt = this.#model.call(id)?.attempt;
    const unheard = this.history.some(
      ({ told, operation }) =>
        told === undefined &&
        (operation.kind === 'reserve' || operation.kind === 'start') &&
        operation.id === id &&
        operation.attempt === attempt,
    );
    if (reason !== TAKEN_BACK || attempt === undefined || !unheard) return false;
    const foreseen = this.#model.foresee({ kind: 'withdraw', id, attempt });
    if (foreseen.entries.length !== 1) return false;
    this.#model.keep(foreseen);
    this.#deadlines.delete(id);
    return true;
  }

  #isLifted(budget: Entry['facts'][string] | undefined): boolean {
    if (typeof budget !== 'string' || !this.#model.isFrozen(budget)) return false;
    this.#model.lift(budget);
    return true;
  }

  #timeIsUp(callId: string, { type, at }: Entry): boolean {
    const state = this.#model.call(callId)?.state;
    const deadlineMs = this.#deadlines.get(callId) ?? Infinity;
    if (at < deadlineMs || state !== (type === 'call.expired' ? 'held' : 'started')) return false;
    this.#model.timeIsUp(callId);
    this.#deadlines.delete(callId);
    return true;
  }

  /** Whether it is the first time of a question whose answer came only to the second. */
  #wasAskedBefore(version: number): boolean {
    const tag = this.#entries[this.#version - this.#from]?.facts['tag'];
    const asked = this.repliesLost
      ? this.history.find((one) => one.tag !== undefined && one.tag === tag)
      : undefined;
    if (asked === undefined || !this.#mayBeNext(asked, version)) return false;
    this.#keep(asked.operation, this.#model.foresee(asked.operation));
    return true;
  }

  #mayBeNext(happened: Happened, version: number): boolean {
    const { entries } = this.#model.foresee(happened.operation);
    return entries.length > 0 && this.#version + entries.length <= version && this.#isNext(happened, entries);
  }

  #wasUnanswered(version: number): boolean {
    const found = this.#unanswered.findIndex((one) => this.#mayBeNext(one, version));
    const [happened] = found < 0 ? [] : this.#unanswered.splice(found, 1);
    if (happened === undefined) return false;
    this.#keep(happened.operation, this.#model.foresee(happened.operation));
    return true;
  }

  #compare({ operation, told }: Happened, { says, entries }: Foreseen, writes: boolean): void {
    const wrote = writes || entries.length === 0;
    if (told?.says === says && wrote) return;
    const missing = wrote ? '' : ', which was never written';
    this.#flaws.push(
      `${named(operation)} was told \`${told?.says}\` at version ${told?.version}; expected \`${says}\`${missing}`,
    );
  }
}

const UNVERSIONED: ReadonlySet<Operation['kind']> = new Set(['unfreeze', 'revoke', 'restore', 'expire']);

/** Whoever asked after another was answered must see what that one did. */
function overtaken(history: readonly Happened[]): readonly string[] {
  const sent = history.filter(({ told }) => told?.version !== undefined).sort((a, b) => a.sentAt - b.sentAt);
  const answered = [...sent].sort((a, b) => a.toldAt - b.toldAt);
  let [next, newest] = [0, 0];
  const flaws: string[] = [];
  for (const { operation, sentAt, told } of sent) {
    for (let one = answered[next]; one !== undefined && one.toldAt < sentAt; one = answered[next]) {
      newest = Math.max(newest, one.told?.version ?? 0);
      next += 1;
    }
    const version = told?.version ?? 0;
    if (version < newest) {
      flaws.push(
        `${named(operation)} was told version ${version} after somebody had been told version ${newest}`,
      );
    }
  }
  return flaws;
}

function describe(entry: Entry | undefined): string {
  return entry === undefined ? 'the end' : `${entry.type} ${entry.callId ?? ''}`;
}

function named(operation: Operation): string {
  return 'id' in operation ? `${operation.kind} of ${operation.id}` : operation.kind;
}

function agentIn({ subject }: Entry['facts']): string {
  const isNamed = typeof subject === 'object' && subject !== null && 'agent' in subject;
  return isNamed && typeof subject['agent'] === 'string' ? subject['agent'] : '';
}
