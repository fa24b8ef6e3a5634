import type { Entry } from '@torii/engine';
import { allEntries } from '../suite/journal.ts';
import { moods } from './moods.ts';
import type { Received } from './receiver.ts';
import { signatureFlaws } from './verified.ts';
import type { World } from './world.ts';

/** What is judged. */
export interface Heard extends Pick<World, 'store' | 'secretsOf'> {
  readonly receiver: Pick<World['receiver'], 'requests' | 'strays'>;

  /** Which entries each endpoint has to be told of. */
  readonly wanted: ReadonlyMap<string, (entry: Entry) => boolean>;

  /** Whether a process died, after which what was taken may come again. */
  readonly mayRepeat: boolean;
}

/** What the body of a message says, as far as the proof compares it. */
interface Message {
  readonly id: string;
  readonly type: string;
  readonly event: string;
  readonly timestamp: string;
  readonly sequence: number;
}

/** Everything an endpoint is told of approvals. */
export function isApproval({ type }: Pick<Entry, 'type'>): boolean {
  return type.startsWith('approval.');
}

/**
 * What came to the endpoints, against what the journal says happened: each event at least once to each of them, under
 * one id and with the same bytes at every try, genuine, and in an order that its sequence tells.
 */
export async function messageFlaws(heard: Heard): Promise<readonly string[]> {
  const { receiver, secretsOf, store, wanted, mayRepeat } = heard;
  const entries = await allEntries(store);
  const flaws = receiver.requests.flatMap((request) => [
    ...signatureFlaws(request, secretsOf(request.endpoint)),
    ...timeFlaws(request),
  ]);
  for (const [endpoint, wants] of wanted) {
    const requests = receiver.requests.filter((request) => request.endpoint === endpoint);
    const told = entries.filter(wants);
    for (const flaw of [...stableFlaws(requests, mayRepeat), ...lossFlaws(requests, told)])
      flaws.push(`\`${endpoint}\`: ${flaw}`);
  }
  if (receiver.strays > 0) flaws.push(`a redirect was followed ${receiver.strays} times`);
  return flaws;
}

/** Seconds are whole, and a machine may be busy. */
const LATE_MS = 5_000;

/** A try is signed when it is made, whatever is how old. */
function timeFlaws({ headers, atMs }: Received): readonly string[] {
  const seconds = Number(headers['webhook-timestamp']);
  return Math.abs(seconds * 1_000 - atMs) <= LATE_MS
    ? []
    : [`a request that arrived at ${atMs} says it was made at second ${seconds}`];
}

function stableFlaws(requests: readonly Received[], mayRepeat: boolean): readonly string[] {
  const flaws: string[] = [];
  const bodies = new Map<string, string>();
  const ids = new Map<number, string>();
  const taken = new Set<string>();
  for (const { id, body, mood } of requests) {
    const { id: inside, sequence } = messageOf(body);
    if (inside !== id) flaws.push(`a message says it is \`${inside}\`, and its header \`${id}\``);
    if ((bodies.get(id) ?? body) !== body) flaws.push(`\`${id}\` came with other bytes than before`);
    if ((ids.get(sequence) ?? id) !== id) flaws.push(`event ${sequence} came under two ids`);
    if (taken.has(id) && !mayRepeat) flaws.push(`\`${id}\` came again after it was taken`);
    bodies.set(id, body);
    ids.set(sequence, id);
    if (mood === 'well') taken.add(id);
  }
  return flaws;
}

function lossFlaws(requests: readonly Received[], told: readonly Entry[]): readonly string[] {
  const taken = requests.filter(({ mood }) => moods[mood].takes).map(({ body }) => messageOf(body));
  const bySequence = new Map(taken.map((message) => [message.sequence, message]));
  const flaws: string[] = [];
  for (const { seq, type, at } of told) {
    const message = bySequence.get(seq);
    if (message === undefined) flaws.push(`it never took entry ${seq}, \`${type}\``);
    else if (message.type !== type || message.event !== type || Date.parse(message.timestamp) !== at)
      flaws.push(`entry ${seq}, \`${type}\`, was told as \`${message.type}\` of ${message.timestamp}`);
  }
  const known = new Set(told.map(({ seq }) => seq));
  for (const sequence of bySequence.keys())
    if (!known.has(sequence)) flaws.push(`it was told of entry ${sequence}, which it does not want`);
  return flaws;
}

export function messageOf(body: string): Message {
  return JSON.parse(body) as Message;
}
