import { SignJWT } from 'jose';
import { ToriiError } from '../nouns/errors.ts';
import type { PersonCredential } from '../nouns/vouched-person.ts';
import { VouchedPerson } from '../nouns/vouched-person.ts';
import {
  type ApprovalLinksOptions,
  createIdentity,
  createLinks,
  type Identity,
  type Issuer,
  signAgentToken,
  signApproverToken,
  vouchedPerson,
} from './index.ts';

const START = Date.UTC(2026, 10, 1);
const SECRET = 'a secret of at least thirty-two bytes';
const LINK_SECRET = 'another secret of at least 32 bytes';
const URL_OF_PAGE = 'https://torii.example/approve';
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key: SECRET } as const;
const ACTION = 'a'.repeat(64);
const link = { approver: 'ada', approvalId: 'apr_1', actionHash: ACTION, tenant: 'acme' };

let nowMs: number;
const clock = { now: () => nowMs, after: () => () => undefined };
const random = { id: (prefix: string) => `${prefix}_1`, below: () => 0 };

beforeEach(() => {
  nowMs = START;
});

const links = (changes: Partial<ApprovalLinksOptions> = {}) =>
  createLinks({ secret: LINK_SECRET, url: URL_OF_PAGE, ...changes }, { clock, random });

async function engine(changes: Partial<Issuer> = {}): Promise<Identity> {
  return createIdentity({ issuers: [{ ...issuer, ...changes }] }, clock, await links());
}

/** An approver token with these claims besides, whatever they are. */
function token(claims: Record<string, unknown>, { key = SECRET, typ = 'torii-approver+jwt' } = {}) {
  const issuedAt = START / 1_000;
  const base = { iss: 'me', aud: 'torii', sub: 'ada', jti: 't1', iat: issuedAt, exp: issuedAt + 60 };
  return new SignJWT({ ...base, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ })
    .sign(new TextEncoder().encode(key));
}

/** A link with these claims instead. */
function forged(claims: Record<string, unknown>, more: { key?: string; typ?: string } = {}) {
  const base = { iss: 'torii', aud: URL_OF_PAGE, approval: 'apr_1', action: ACTION, tenant: 'acme' };
  return token({ ...base, ...claims }, { key: LINK_SECRET, typ: 'torii-approval-link+jwt', ...more });
}

async function tokenOf(made: Awaited<ReturnType<typeof links>>, untilMs = START + 60_000): Promise<string> {
  const signed = await made.sign({ ...link, untilMs });
  return new URL(signed?.url ?? 'https://none.example').searchParams.get('token') ?? '';
}

describe('roles of an approver token', () => {
  test.each([[['auditor']], [['admin', 'approver']], [['approver', 'owner', 'auditor', 'admin']]])(
    '%j are what the person may do',
    async (roles) => {
      expect(await (await engine()).person(await token({ roles }))).toMatchObject({ id: 'ada', roles });
    },
  );

  test.each([
    ['unknown', ['approver', 'root']],
    ['said twice', ['approver', 'approver']],
    ['none', []],
    ['text', 'admin'],
    ['an object', { admin: true }],
    ['null', null],
    ['in another case', ['Admin']],
    ['nested', [['admin']]],
    ['inherited names', ['constructor']],
  ])('roles that are %s prove nobody', async (_title, roles) => {
    expect(await (await engine()).person(await token({ roles }))).toMatchObject({
      kind: 'denied',
      code: 'IDENTITY_INVALID',
      message: 'expected `roles` as a list of `approver`, `owner`, `auditor`, `admin`, each at most once',
    });
  });

  test('are signed as they are named, and a token with odd ones is not signed', async () => {
    const terms = { ...issuer, approver: 'ada', expiresInSeconds: 60, clock };
    const signed = await signApproverToken({ ...terms, roles: ['auditor'], tenant: 'acme' });

    expect(await (await engine()).person(signed)).toEqual({
      id: 'ada',
      issuer: 'me',
      roles: ['auditor'],
      via: 'token',
      tenant: 'acme',
    });
    await expect(signApproverToken({ ...terms, roles: ['auditor', 'auditor'] })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
  });

  test('a person of an issuer with a tenant is of that tenant, whatever the token leaves out', async () => {
    const identity = await engine({ tenant: 'acme' });

    expect(await identity.person(await token({}))).toMatchObject({ tenant: 'acme' });
    expect(await identity.person(await token({ tenant: 'acme' }))).toMatchObject({ tenant: 'acme' });
    expect(await identity.person(await token({ tenant: 'globex' }))).toMatchObject({ kind: 'denied' });
    expect(await identity.person(await token({ tenant: 7 }))).toMatchObject({ kind: 'denied' });
  });
});

describe('people that the host vouches for', () => {
  test('are believed, with the roles and the tenant that it gives them', async () => {
    const identity = await engine();

    expect(await identity.person(vouchedPerson({ id: 'ada', via: 'session' }))).toEqual({
      id: 'ada',
      issuer: 'host',
      roles: ['approver', 'owner'],
      via: 'session',
    });
    expect(
      await identity.person(vouchedPerson({ id: 'bob', roles: ['auditor'], via: 'chat', tenant: 'acme' })),
    ).toMatchObject({ id: 'bob', roles: ['auditor'], via: 'chat', tenant: 'acme' });
  });

  test('a list of roles that is changed later changes nobody', async () => {
    const roles: ('approver' | 'admin')[] = ['approver'];
    const person = vouchedPerson({ id: 'ada', roles, via: 'session' });
    roles.push('admin');

    expect(await (await engine()).person(person)).toMatchObject({ roles: ['approver'] });
  });

  class Copy {
    readonly #person = { id: 'ada', issuer: 'host', roles: ['admin'], via: 'session' };
    read(): unknown {
      return this.#person;
    }
  }
  const real = vouchedPerson({ id: 'ada', via: 'session' });
  test.each<[string, unknown]>([
    ['JSON', JSON.parse('{"id":"ada","issuer":"host","roles":["admin"],"via":"session"}')],
    ['a clone', structuredClone(real)],
    ['what can be copied of one', Object.assign({ id: 'ada' }, real)],
    ['another class', new Copy()],
    ['its prototype', Object.create(VouchedPerson.prototype)],
    ['a proxy', new Proxy(real, {})],
    ['a hostile proxy', new Proxy({}, { getPrototypeOf: () => { throw new Error('no'); } })], // prettier-ignore
    ['something with a prototype of one', Object.setPrototypeOf({ id: 'ada' }, real)],
    ['null', null],
    ['a list', ['ada']],
    ['a function', () => real],
  ])('%s is none', async (_title, credential) => {
    expect(await (await engine()).person(credential as PersonCredential)).toMatchObject({
      kind: 'denied',
      code: 'IDENTITY_INVALID',
    });
  });

  test.each([
    [{ id: '', via: 'session' }, '`person.id`'],
    [{ id: 'ada lovelace', via: 'session' }, '`person.id`'],
    [{ id: 'ada', via: 'token' }, '`person.via`'],
    [{ id: 'ada', via: 'link' }, '`person.via`'],
    [{ id: 'ada', via: 'session', roles: [] }, '`person.roles`'],
    [{ id: 'ada', via: 'session', roles: ['root'] }, '`person.roles`'],
    [{ id: 'ada', via: 'session', tenant: '' }, '`person.tenant`'],
    [{ id: 'ada', via: 'session', only: {} }, '`only`'],
    [undefined, '`person`'],
  ])('%j is nobody, and that is said', (options, where) => {
    let error: unknown;
    try {
      vouchedPerson(options as Parameters<typeof vouchedPerson>[0]);
    } catch (thrown) {
      error = thrown;
    }

    expect(ToriiError.is(error) && error.code).toBe('OPTIONS_INVALID');
    expect(String(error)).toContain(where);
  });
});

describe('signed links', () => {
  test('prove a person for one approval of one action', async () => {
    expect(await (await engine()).person(await tokenOf(await links()))).toEqual({
      id: 'ada',
      issuer: 'torii',
      roles: ['approver'],
      via: 'link',
      tenant: 'acme',
      only: { approvalId: 'apr_1', actionHash: ACTION },
    });
  });

  test('are no approver token and no agent token, and neither of those is a link', async () => {
    const identity = await engine();
    const made = await tokenOf(await links());
    const agent = await signAgentToken({
      ...issuer,
      agent: 'bot',
      owner: 'ada',
      session: 's',
      expiresInSeconds: 60,
      clock,
    });

    expect(await identity.agent(made)).toMatchObject({ code: 'IDENTITY_INVALID' });
    expect(await identity.person(agent)).toMatchObject({ code: 'IDENTITY_INVALID' });
    expect(await identity.person(await token({}))).not.toHaveProperty('only');
  });

  test('prove nobody where the engine signs none', async () => {
    const identity = await createIdentity({ issuers: [issuer] }, clock);

    expect(await identity.person(await tokenOf(await links()))).toMatchObject({ code: 'IDENTITY_INVALID' });
  });

  test('end with their time, to the millisecond, and after an hour at the latest', async () => {
    const identity = await engine();
    const made = await links();
    const soon = await tokenOf(made, START + 5_000);
    const long = await made.sign({ ...link, untilMs: START + 86_400_000 });

    nowMs = START + 4_999;
    expect(await identity.person(soon)).toMatchObject({ id: 'ada' });
    nowMs = START + 5_000;
    expect(await identity.person(soon)).toMatchObject({ message: 'the token expired' });
    expect(long?.expiresAt).toBe(START + 3_600_000);
    expect(await made.sign({ ...link, untilMs: START + 5_999 })).toBeUndefined();
  });

  const hour = START / 1_000 + 3_600;
  test.each<[string, Record<string, unknown>, { key?: string; typ?: string }?]>([
    ['signed with the secret of the issuer', {}, { key: SECRET }],
    ['of another audience', { aud: 'https://evil.example/approve' }],
    ['for the audience of tokens', { aud: 'torii' }],
    ['of a configured issuer', { iss: 'me' }],
    ['that lives longer than an hour', { exp: hour + 1 }],
    ['that is not yet signed', { iat: START / 1_000 + 1 }],
    ['without an end', { exp: undefined }],
    ['without an id', { jti: undefined }],
    ['without a person', { sub: undefined }],
    ['without an approval', { approval: undefined }],
    ['with a list of approvals', { approval: ['apr_1', 'apr_2'] }],
    ['without an action', { action: undefined }],
    ['without a tenant', { tenant: undefined }],
    ['with a longer tenant than there is', { tenant: 'x'.repeat(257) }],
    ['with the type of approver tokens', {}, { typ: 'torii-approver+jwt' }],
    ['with the type in another case', {}, { typ: 'Torii-approval-link+jwt' }],
  ])('a forged link %s proves nobody', async (...[, claims, more = {}]) => {
    expect(await (await engine()).person(await forged(claims, more))).toMatchObject({
      kind: 'denied',
      code: 'IDENTITY_INVALID',
    });
  });

  test('the forger makes links that pass when nothing is wrong with them, and roles do nothing there', async () => {
    expect(await (await engine()).person(await forged({ roles: ['admin'] }))).toMatchObject({
      roles: ['approver'],
      only: { approvalId: 'apr_1' },
    });
  });

  test.each([
    [{ secret: 'short' }, '`approvalLinks.secret`'],
    [{ secret: undefined as unknown as string }, '`approvalLinks.secret`'],
    [{ url: 'http://torii.example/approve' }, '`approvalLinks.url`'],
    [{ url: 'https://torii.example/approve?x=1' }, '`approvalLinks.url`'],
    [{ url: 'https://torii.example/approve#x' }, '`approvalLinks.url`'],
    [{ url: 'https://ada:pw@torii.example/approve' }, '`approvalLinks.url`'],
    [{ url: 'javascript:alert(1)' }, '`approvalLinks.url`'],
    [{ url: '/approve' }, '`approvalLinks.url`'],
    [{ expires: 1 } as object, '`expires`'],
  ])('%j signs nothing, and that is said', async (changes, where) => {
    const error: unknown = await links(changes).catch((reason: unknown) => reason);

    expect(ToriiError.is(error) && error.code).toBe('OPTIONS_INVALID');
    expect(String(error)).toContain(where);
    expect(String(error)).not.toContain('pw');
  });

  test.each(['http://localhost:3000/approve', 'http://127.0.0.1/a', 'http://[::1]:8080/a'])(
    'a page of this machine may be without encryption: %s',
    async (url) => {
      await expect(links({ url })).resolves.toBeDefined();
    },
  );
});
