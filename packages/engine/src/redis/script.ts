import { createHash } from 'node:crypto';
import { failureOf, isForgotten, unavailable } from './connection/failures.ts';
import { MONEY_KEYS, type SlotKeys } from './keys.ts';

export { unavailable };

/** A part of a reply: what a script answers is text, whole numbers and lists of them. */
export type Reply = string | number | null | readonly Reply[];

/** What a script is told: text, and numbers that it reads as text. */
export type Argument = string | number;

/** The two commands that running a script takes: a client of ioredis, or a cluster of them, has both. */
export interface ScriptClient {
  evalsha(sha: string, keyCount: number, ...args: Argument[]): Promise<unknown>;
  eval(source: string, keyCount: number, ...args: Argument[]): Promise<unknown>;
}

/** One transition as Redis runs it. */
export interface Script {
  readonly source: string;
  readonly sha: string;

  readonly kind: ScriptKind;

  /** How many keys of the slot it is handed, from the first. */
  readonly keyCount: number;
}

/** What a script may do. `ends`: also while memory is full, for what gives room. `reads`: changes nothing. */
export type ScriptKind = 'grants' | 'ends' | 'reads';

const FLAGS = { grants: '', ends: ' flags=allow-oom', reads: ' flags=no-writes' } as const;

/** Puts the parts of a script together. Its hash names it on every server, so replicas of one version share it. */
export function script(kind: ScriptKind, parts: readonly string[], keyCount: number = MONEY_KEYS): Script {
  const source = `#!lua${FLAGS[kind]}\n${withoutConstants(parts.join('\n'))}`;
  return { source, sha: createHash('sha1').update(source).digest('hex'), kind, keyCount };
}

/** `local HEAD, CALLS = KEYS[1], KEYS[2]`: names in capitals that never change. */
const CONSTANTS = /^local ([A-Z_]+(?:, [A-Z_]+)*) = ((?:KEYS\[\d+\]|\d+)(?:, (?:KEYS\[\d+\]|\d+))*)$/gm;

/** Text, a comment or a name in capitals. */
const WORDS = /'(?:[^'\\]|\\.)*'|--[^\n]*|\b[A-Z][A-Z_]*\b/g;

/**
 * The source with its constants written out. A script is defined anew each time it runs, and Lua goes through all
 * captured locals for each that a function captures: with constants among them that took longer than a reservation.
 * Begins with a line that lists them.
 */
function withoutConstants(source: string): string {
  const values = new Map<string, string>();
  const body = source.replace(CONSTANTS, (_, names: string, told: string) => {
    const written = told.split(', ');
    names.split(', ').forEach((name, index) => values.set(name, written[index] ?? name));
    return '';
  });
  const list = [...values].map(([name, value]) => `${name}=${value}`).join(' ');
  return `-- ${list}\n${written(body, values)}`;
}

function written(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(WORDS, (word) => (word.startsWith('--') ? '' : (values.get(word) ?? word)));
}

/** A piece of a part as it stands in the source of a script, whose second line lists the constants. */
export function asInSource(source: string, piece: string): string {
  const [, list = ''] = source.split('\n', 2);
  const pairs = list.split(' ').map((pair) => pair.split('='));
  return written(piece, new Map(pairs.map(([name = '', value = '']) => [name, value])));
}

/** The keys of one tenant on one server, and how far its answers can be trusted. */
export interface Slot {
  readonly client: ScriptClient;
  readonly keys: SlotKeys;

  /** Names the data: other data than was opened is not judged by. */
  readonly epoch: string;

  /** The highest version that this process was answered: a server that is behind it has lost what it granted. */
  floor(): number;

  /** Told the version of every answer. */
  seen(version: number): void;

  /** Milliseconds since 1970 where a test says the time; absent for the server's own clock. */
  readonly now?: () => number;

  /** Awaited before anything is asked where it answers something: the slot is opened when it is first used. */
  ready?(): Promise<void> | undefined;

  /** Told that the server has other data than was opened, or lost some of it. */
  fenced?(): void;
}

/** What a script answered: its kind, after which entry of the journal, when, and whatever else it says. */
export interface Answer {
  readonly kind: string;
  readonly version: number;

  /** Milliseconds since 1970, by the store's clock. */
  readonly now: number;
  readonly rest: readonly Reply[];
}

/** What was asked of a slot and is not sent yet. */
const unsent = new WeakMap<Slot, () => void>();

/** Has `send` called before anything else is asked of the slot, and what others wait to send before that. */
export function beforeNext(slot: Slot, send: () => void): void {
  if (unsent.get(slot) === send) return;
  sendWaiting(slot);
  unsent.set(slot, send);
}

function sendWaiting(slot: Slot): void {
  const send = unsent.get(slot);
  if (send === undefined) return;
  unsent.delete(slot);
  send();
}

/**
 * Runs a script in one round trip; in two where the server has forgotten it. A repeat after `NOSCRIPT` is safe: nothing
 * ran. Nothing else is repeated here, because after any other failure nobody knows whether the script ran.
 */
export async function run(slot: Slot, asked: Script, args: readonly Argument[]): Promise<Answer> {
  sendWaiting(slot);
  const { source, sha, keyCount } = asked;
  const opening = slot.ready?.();
  if (opening !== undefined) await opening;
  const { epoch } = slot;
  const all = [...slot.keys.slice(0, keyCount), epoch, slot.floor(), slot.now?.() ?? '', ...args];
  const reply = await answered(async () => {
    try {
      return await slot.client.evalsha(sha, keyCount, ...all);
    } catch (error) {
      if (!isForgotten(error)) throw error;
      return await slot.client.eval(source, keyCount, ...all);
    }
  });
  const answer = answerOf(slot, reply);
  // What other data answered says nothing of that which was opened meanwhile: higher versions would make it look lost.
  if (slot.epoch === epoch) slot.seen(answer.version);
  return answer;
}

function answerOf(slot: Slot, reply: unknown): Answer {
  const [kind, version, now, ...rest] = isReplies(reply) ? reply : [];
  if (kind === 'fenced') {
    slot.fenced?.();
    throw unavailable(
      'redis lost its data or was restored; expected the data that this store was opened with',
    );
  }
  if (typeof kind !== 'string' || typeof version !== 'number' || typeof now !== 'number')
    throw unavailable('redis answered something unexpected');
  return { kind, version, now, rest };
}

/** An error of ioredis holds every argument of its command, so it is never handed on as a cause. */
async function answered(command: () => Promise<unknown>): Promise<unknown> {
  try {
    return await command();
  } catch (error) {
    throw failureOf(error);
  }
}

/** Whether a script of ours may have answered this. */
export function isReplies(value: unknown): value is readonly Reply[] {
  return Array.isArray(value) && value.every(isReply);
}

function isReply(value: unknown): value is Reply {
  return value === null || typeof value === 'string' || Number.isSafeInteger(value) || isReplies(value);
}
