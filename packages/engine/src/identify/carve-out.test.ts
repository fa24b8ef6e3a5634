import { decodeJwt, SignJWT } from 'jose';
import { type AgentTokenOptions, createIdentity, signAgentToken } from './index.ts';

const NOW_SECONDS = Date.UTC(2026, 10, 1) / 1_000;
const clock = { now: () => NOW_SECONDS * 1_000, after: () => () => undefined };
const issuer = { issuer: 'issuer', audience: 'torii', algorithm: 'HS256', key: 'k'.repeat(32) } as const;
const who = { agent: 'worker', owner: 'ada@example.com', session: 's-1' };
const agent: AgentTokenOptions = { ...issuer, ...who, expiresInSeconds: 60, clock };

test('a token names the carve-out that pays for its calls, and whoever has none says nothing of it', async () => {
  const identity = await createIdentity({ issuers: [issuer] }, clock);
  const [named, plain] = [
    await signAgentToken({ ...agent, carveOut: 'call_1' }),
    await signAgentToken(agent),
  ];

  expect(decodeJwt(named)).toMatchObject({ carve_out: 'call_1' });
  expect(decodeJwt(plain)).not.toHaveProperty('carve_out');
  expect(await identity.agent(named)).toEqual({
    ...who,
    tenant: 'default',
    issuer: 'issuer',
    carveOut: 'call_1',
  });
  expect(await identity.agent(plain)).not.toHaveProperty('carveOut');
});

test.each([[''], ['two words'], ['x'.repeat(257)]])(
  '%j is no name of a carve-out to sign',
  async (carveOut) => {
    await expect(signAgentToken({ ...agent, carveOut })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  },
);

test.each([[null], [1], [''], [['call_1']], [{}], ['a b']])(
  'a token whose `carve_out` is %j proves nobody: ignoring it would widen it',
  async (claim) => {
    const identity = await createIdentity({ issuers: [issuer] }, clock);
    const token = await new SignJWT({ act: { sub: who.agent }, sid: who.session, carve_out: claim })
      .setProtectedHeader({ alg: 'HS256', typ: 'torii-agent+jwt' })
      .setIssuer('issuer')
      .setAudience('torii')
      .setSubject(who.owner)
      .setJti('t1')
      .setIssuedAt(NOW_SECONDS)
      .setExpirationTime(NOW_SECONDS + 60)
      .sign(new TextEncoder().encode(issuer.key));

    expect(await identity.agent(token)).toMatchObject({ kind: 'denied', code: 'IDENTITY_INVALID' });
  },
);
