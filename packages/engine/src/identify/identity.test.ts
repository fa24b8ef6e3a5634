import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Denial } from '../nouns/denial.ts';
import { createIdentity, type Issuer, signAgentToken, signApproverToken } from './index.ts';

const START = Date.UTC(2026, 10, 1);
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://torii.example';
const SECRET = 'a secret of at least thirty-two bytes';
const principal = {
  agent: 'bot',
  owner: 'ada@example.com',
  session: 's-1',
  tenant: 'default',
  issuer: ISSUER,
};

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signing = { Ed25519: ed25519.privateKey, ES256: p256.privateKey, HS256: SECRET };
const verifying = { Ed25519: ed25519.publicKey, ES256: p256.publicKey, HS256: SECRET };

let nowMs: number;
let reads: number;
const clock = { now: () => (reads++, nowMs), after: () => () => undefined };

beforeEach(() => {
  nowMs = START;
  reads = 0;
});

function issuer(more: Partial<Issuer> = {}): Issuer {
  const algorithm = more.algorithm ?? 'Ed25519';
  return { issuer: ISSUER, audience: AUDIENCE, algorithm, key: verifying[algorithm], ...more };
}

function agentToken(more: Partial<Parameters<typeof signAgentToken>[0]> = {}): Promise<string> {
  const algorithm = more.algorithm ?? 'Ed25519';
  return signAgentToken({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithm,
    key: signing[algorithm],
    agent: 'bot',
    owner: 'ada@example.com',
    session: 's-1',
    expiresInSeconds: 60,
    clock,
    ...more,
  });
}

function approverToken(): Promise<string> {
  const terms = {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithm: 'Ed25519',
    key: ed25519.privateKey,
  } as const;
  return signApproverToken({ ...terms, approver: 'grace@example.com', expiresInSeconds: 60, clock });
}

function denial(code: Denial['code'], message: string): object {
  return expect.objectContaining({ kind: 'denied', code, message: expect.stringContaining(message) });
}

describe('who a token proves', () => {
  test.each(['Ed25519', 'ES256', 'HS256'] as const)(
    'an %s agent token proves agent, owner and session',
    async (algorithm) => {
      const identity = await createIdentity({ issuers: [issuer({ algorithm })] }, clock);

      expect(await identity.agent(await agentToken({ algorithm }))).toEqual(principal);
    },
  );

  test('an approver token proves a person', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);

    expect(await identity.person(await approverToken())).toEqual({
      id: 'grace@example.com',
      issuer: ISSUER,
      roles: ['approver', 'owner'],
      via: 'token',
    });
  });

  test.each([undefined, ''])('no credential at all (%p) is missing, not invalid', async (credential) => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);

    expect(await identity.agent(credential)).toEqual(denial('IDENTITY_MISSING', 'expected an agent token'));
    expect(await identity.person(credential)).toEqual(
      denial('IDENTITY_MISSING', 'expected an approver token'),
    );
  });

  test.each([[['token', 'token']], [7], [null], [{ toString: () => 'token' }]])(
    'a credential that is no text (%p) is invalid',
    async (credential) => {
      const identity = await createIdentity({ issuers: [issuer()] }, clock);

      expect(await identity.agent(credential as unknown as string)).toEqual(
        denial('IDENTITY_INVALID', 'as text'),
      );
    },
  );

  test('an agent token approves nothing, and an approver token calls nothing', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    const [agent, approver] = [await agentToken(), await approverToken()];

    expect(await identity.person(agent)).toEqual(denial('IDENTITY_INVALID', 'expected an approver token'));
    expect(await identity.agent(approver)).toEqual(denial('IDENTITY_INVALID', 'expected an agent token'));
  });

  test('an issuer proves only what it vouches for', async () => {
    const agents = await createIdentity({ issuers: [issuer({ vouchesFor: ['agents'] })] }, clock);
    const approvers = await createIdentity({ issuers: [issuer({ vouchesFor: ['approvers'] })] }, clock);
    const [agent, approver] = [await agentToken(), await approverToken()];

    expect(await agents.agent(agent)).toEqual(principal);
    expect(await agents.person(approver)).toEqual(denial('IDENTITY_INVALID', 'vouches for approvers'));
    expect(await approvers.agent(agent)).toEqual(denial('IDENTITY_INVALID', 'vouches for agents'));
    expect(await approvers.person(approver)).toMatchObject({ id: 'grace@example.com' });
  });

  test('two issuers have to say who vouches for whom, as either could make approvers', async () => {
    const issuers = [issuer(), issuer({ issuer: 'https://partner.example' })];
    const said = issuers.map((each) => ({ ...each, vouchesFor: ['agents'] as const }));

    const half = [issuer({ kid: 'a' }), issuer({ kid: 'b', vouchesFor: ['approvers'] })];

    await expect(createIdentity({ issuers }, clock)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await expect(createIdentity({ issuers: half }, clock)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await expect(createIdentity({ issuers: said }, clock)).resolves.toBeDefined();
  });

  test('a token that was remembered as one kind is still not the other', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    const [agent, approver] = [await agentToken(), await approverToken()];
    await Promise.all([identity.agent(agent), identity.person(approver)]);

    expect(await identity.person(agent)).toEqual(denial('IDENTITY_INVALID', 'expected an approver token'));
    expect(await identity.agent(approver)).toEqual(denial('IDENTITY_INVALID', 'expected an agent token'));
  });

  test('a clock that fails denies', async () => {
    const broken = { ...clock, now: () => { throw new Error('no time'); } }; // prettier-ignore
    const lost = { ...clock, now: () => Number.NaN };
    const token = await agentToken();

    for (const odd of [broken, lost]) {
      const identity = await createIdentity({ issuers: [issuer()] }, odd);
      expect(await identity.agent(token)).toEqual(denial('IDENTITY_INVALID', 'cannot be verified'));
    }
  });
});

describe('the tenant of an agent', () => {
  test.each`
    pinned       | claimed      | outcome
    ${undefined} | ${undefined} | ${'default'}
    ${undefined} | ${'acme'}    | ${'acme'}
    ${undefined} | ${'default'} | ${'default'}
    ${'acme'}    | ${undefined} | ${'acme'}
    ${'acme'}    | ${'acme'}    | ${'acme'}
    ${'acme'}    | ${'ACME'}    | ${'refused'}
    ${'acme'}    | ${'other'}   | ${'refused'}
    ${'acme'}    | ${'default'} | ${'refused'}
    ${'default'} | ${'acme'}    | ${'refused'}
  `(
    'is $outcome where its issuer speaks for $pinned and its token claims $claimed',
    async ({ pinned, claimed, outcome }) => {
      const identity = await createIdentity({ issuers: [issuer({ tenant: pinned })] }, clock);

      const answer = await identity.agent(await agentToken({ tenant: claimed }));

      expect('kind' in answer ? 'refused' : answer.tenant).toBe(outcome);
    },
  );

  test('is decided by the issuer that signed, not by the other one', async () => {
    const vouchesFor = ['agents'] as const;
    const partner = issuer({ issuer: 'https://partner.example', tenant: 'partner', vouchesFor });
    const identity = await createIdentity({ issuers: [issuer({ vouchesFor }), partner] }, clock);

    const own = await agentToken({ tenant: 'acme' });
    const borrowed = await agentToken({ issuer: partner.issuer, tenant: 'acme' });

    expect(await identity.agent(own)).toEqual({ ...principal, tenant: 'acme' });
    expect(await identity.agent(borrowed)).toEqual(
      denial('IDENTITY_INVALID', 'expected no `tenant`, or the one that the issuer speaks for'),
    );
  });
});

describe('several keys', () => {
  const next = generateKeyPairSync('ed25519');

  async function rotating(
    kids: readonly (string | undefined)[],
  ): Promise<Awaited<ReturnType<typeof createIdentity>>> {
    const keys = [ed25519.publicKey, next.publicKey];
    return createIdentity(
      { issuers: kids.map((kid, index) => issuer({ kid, key: keys[index] as KeyObject })) },
      clock,
    );
  }

  test.each`
    configured            | kid          | key         | outcome
    ${['old', 'new']}     | ${'old'}     | ${'first'}  | ${'accepted'}
    ${['old', 'new']}     | ${'new'}     | ${'second'} | ${'accepted'}
    ${['old', 'new']}     | ${'old'}     | ${'second'} | ${'refused'}
    ${['old', 'new']}     | ${'new'}     | ${'first'}  | ${'refused'}
    ${['old', 'new']}     | ${'unknown'} | ${'first'}  | ${'refused'}
    ${['old', 'new']}     | ${undefined} | ${'first'}  | ${'refused'}
    ${['old']}            | ${undefined} | ${'first'}  | ${'refused'}
    ${[undefined]}        | ${undefined} | ${'first'}  | ${'accepted'}
    ${[undefined]}        | ${'any'}     | ${'first'}  | ${'accepted'}
    ${[undefined, 'new']} | ${undefined} | ${'first'}  | ${'accepted'}
    ${[undefined, 'new']} | ${'new'}     | ${'second'} | ${'accepted'}
    ${[undefined, 'new']} | ${'new'}     | ${'first'}  | ${'refused'}
    ${[undefined, 'new']} | ${undefined} | ${'second'} | ${'refused'}
  `(
    'keys $configured: a token with kid $kid by the $key key is $outcome',
    async ({ configured, kid, key, outcome }) => {
      const identity = await rotating(configured);
      const token = await agentToken({ kid, key: key === 'first' ? ed25519.privateKey : next.privateKey });

      const answer = await identity.agent(token);

      expect('kind' in answer ? 'refused' : 'accepted').toBe(outcome);
    },
  );

  test('each issuer is believed only under its own name, with its own key and algorithm', async () => {
    const vouchesFor = ['agents'] as const;
    const other = issuer({ issuer: 'https://other.example', algorithm: 'ES256', vouchesFor });
    const identity = await createIdentity({ issuers: [issuer({ vouchesFor }), other] }, clock);

    const fromOther = await agentToken({ issuer: other.issuer, algorithm: 'ES256' });
    const forged = await agentToken({ issuer: ISSUER, algorithm: 'ES256' });

    expect(await identity.agent(fromOther)).toEqual({ ...principal, issuer: other.issuer });
    expect(await identity.agent(forged)).toEqual(denial('IDENTITY_INVALID', 'alg'));
  });
});

describe('time', () => {
  test.each`
    afterSeconds | outcome
    ${-6}        | ${'expected an `iat` that is not in the future'}
    ${-5}        | ${'accepted'}
    ${0}         | ${'accepted'}
    ${59}        | ${'accepted'}
    ${60}        | ${'accepted'}
    ${64}        | ${'accepted'}
    ${65}        | ${'the token expired'}
    ${66}        | ${'the token expired'}
  `(
    'a token of 60 s with 5 s tolerance, $afterSeconds s after it was issued: $outcome',
    async ({ afterSeconds, outcome }) => {
      const token = await agentToken();
      const fresh = await createIdentity({ issuers: [issuer()] }, clock);
      const used = await createIdentity({ issuers: [issuer()] }, clock);
      await used.agent(token);
      nowMs = START + afterSeconds * 1_000;

      const answers = await Promise.all([fresh.agent(token), used.agent(token)]);

      for (const answer of answers) expect('kind' in answer ? answer.message : 'accepted').toBe(outcome);
    },
  );

  test.each`
    lifetime | limit        | outcome
    ${86400} | ${undefined} | ${'accepted'}
    ${86401} | ${undefined} | ${'expected a token that lives at most 86400 seconds'}
    ${60}    | ${60}        | ${'accepted'}
    ${61}    | ${60}        | ${'expected a token that lives at most 60 seconds'}
  `('a token of $lifetime s where $limit s are allowed: $outcome', async ({ lifetime, limit, outcome }) => {
    const identity = await createIdentity({ issuers: [issuer({ maxLifetimeSeconds: limit })] }, clock);

    const answer = await identity.agent(await agentToken({ expiresInSeconds: lifetime }));

    expect('kind' in answer ? answer.message : 'accepted').toBe(outcome);
  });
});

describe('remembered tokens', () => {
  test('the second answer is the very same one, and nobody can change it', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    const token = await agentToken();

    const first = await identity.agent(token);
    const second = await identity.agent(token);

    expect(second).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  test('each answer is judged at the time of the clock', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    const token = await agentToken();
    await identity.agent(token);
    const before = reads;

    await identity.agent(token);

    expect(reads).toBe(before + 1);
  });

  test('in the tolerance after its end a token is verified anew each time', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    const token = await agentToken();
    nowMs = START + 60_000;

    const first = await identity.agent(token);
    const second = await identity.agent(token);

    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });

  test('a refusal is not remembered: a token that came too early is accepted in its time', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    nowMs = START + 3_600_000;
    const token = await agentToken();
    nowMs = START;
    const early = await identity.agent(token);
    nowMs = START + 3_600_000;

    expect(early).toEqual(denial('IDENTITY_INVALID', 'future'));
    expect(await identity.agent(token)).toEqual(principal);
  });

  test('the 1,001st token pushes out the first one only', async () => {
    const identity = await createIdentity({ issuers: [issuer({ algorithm: 'HS256' })] }, clock);
    const tokens = await Promise.all(Array.from({ length: 1_001 }, () => agentToken({ algorithm: 'HS256' })));
    const answers: unknown[] = [];
    for (const token of tokens) answers.push(await identity.agent(token));

    const [second, first] = [await identity.agent(tokens[1]), await identity.agent(tokens[0])];

    expect(second).toBe(answers[1]);
    expect(first).toEqual(answers[0]);
    expect(first).not.toBe(answers[0]);
  });

  test('refused tokens push nothing out', async () => {
    const identity = await createIdentity({ issuers: [issuer()] }, clock);
    const token = await agentToken();
    const first = await identity.agent(token);

    for (let index = 0; index < 1_001; index++) await identity.agent(`${token}${index}`);

    expect(await identity.agent(token)).toBe(first);
  });
});
