import { createEngine } from './create.ts';
import type { EngineOptions } from './options.ts';
import { type ApproverTokenOptions, signAgentToken, signApproverToken } from './identify/index.ts';
import type { CallRequest } from './nouns/call.ts';
import type { Engine } from './nouns/engine.ts';
import type { Random } from './nouns/random.ts';
import type { Store, StoreSource } from './nouns/store.ts';
import { memoryStore } from './stores/memory/memory-store.ts';
import { type FakeClock, fakeClock } from './testing/fake-clock.ts';

const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'k'.repeat(32),
} as const;

/** What the token of an agent says, where that matters to a test. */
export interface AgentClaims {
  readonly agent?: string;
  readonly owner?: string;
  readonly session?: string;
  readonly carveOut?: string;
}

/** An engine on a memory store with a clock that stands still, and the tokens to use it with. */
export interface Harness {
  readonly torii: Engine;
  readonly clock: FakeClock;
  readonly errors: readonly Error[];

  /** The store behind the engine; `broken` makes its next calls reject. */
  readonly store: Store;
  readonly agentToken: string;
  readonly approverToken: (approver: string, more?: Partial<ApproverTokenOptions>) => Promise<string>;
  readonly agentTokenOf: (claims: AgentClaims) => Promise<string>;

  /** A request of the agent for `search` at 0.10 USD, with what the test changes. */
  readonly request: (changes?: Partial<CallRequest>) => CallRequest;
}

export const policy = {
  id: 'research',
  tools: { allow: ['search', 'publish', 'shop/*'], deny: ['shop/delete'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '5.00 USD' },
    { scope: 'session', window: 'lifetime', limit: '10.00 USD' },
    { scope: 'agent', window: 'day', limit: '20.00 USD' },
  ],
  rates: [{ scope: 'agent', limit: 50, per: 'minute' }],
  approvals: [
    { when: { above: '1.00 USD' }, approvers: ['ada@example.com', 'bob@example.com'], expiresIn: '1h' },
  ],
};

/** Puts a harness together. Close the engine in the test. */
export async function harness(
  options: Partial<Omit<EngineOptions, 'clock'>> & {
    clock?: FakeClock;
    wrap?: (store: Store) => Store;

    /** Nothing to the engine: what is opened on a kind of store comes with it. */
    again?: unknown;

    /** Whether the store is that of every tenant. */
    shares?: boolean;
  } = {},
): Promise<Harness> {
  const errors: Error[] = [];
  const {
    clock = fakeClock(),
    wrap = (store: Store) => store,
    shares = true,
    again: _,
    ...changes
  } = options;
  const whole = shares ? alone : (store: Store) => store;
  let opened: Store | undefined;
  const source: StoreSource = changes.store ?? memoryStore();
  const store: StoreSource = {
    open: async (context) => (opened = whole(wrap(await source.open(context)))),
  };
  const torii = await createEngine({
    policies: [policy],
    identity: { issuers: [issuer] },
    clock,
    random: countingRandom(),
    onError: (error) => void errors.push(error),
    ...changes,
    store,
  });
  const lasting = { ...issuer, clock, expiresInSeconds: 80_000 };
  const agentTokenOf: Harness['agentTokenOf'] = ({
    agent = 'bot',
    owner = 'olga@example.com',
    session = 's1',
    ...more
  }) => signAgentToken({ ...lasting, agent, owner, session, ...more });
  const agentToken = await agentTokenOf({});
  // The first look at a token takes real time; from the second on, only the clock of the test passes.
  await torii.decide(requestOf(agentToken, {}));
  if (opened === undefined) throw new Error('the store was not opened');
  // Calls that a test left running are not waited for: the time of the test is let run out.
  const close = async (): Promise<void> => {
    const closing = torii.close();
    await clock.advance(5_000);
    await closing;
  };
  return {
    torii: { ...torii, close },
    clock,
    errors,
    store: opened,
    agentToken,
    agentTokenOf,
    approverToken: (approver, more = {}) => signApproverToken({ ...lasting, ...more, approver }),
    request: (changed = {}) => requestOf(agentToken, changed),
  };
}

/** A store that is the one of every tenant, whatever it wraps. */
function alone(store: Store): Store {
  const only: Store = new Proxy(store, {
    get: (target, name, receiver) =>
      name === 'of' ? () => only : name === 'all' ? async () => [only] : Reflect.get(target, name, receiver),
  });
  return only;
}

function requestOf(credential: string, changes: Partial<CallRequest>): CallRequest {
  const call = { tool: 'search', arguments: { query: 'x' }, price: '0.10 USD' };
  return { credential, framework: 'test', ...call, ...changes };
}

function countingRandom(): Random {
  let count = 0;
  return {
    id: (prefix) => `${prefix}_${String(++count).padStart(4, '0')}`,
    below: (below) => Math.floor(below / 2),
  };
}
