import type { Engine } from '@torii/engine';
import { json, type Problem, problem, type Reply } from '@torii/engine/http';
import { isoText } from './approval-faces.ts';
import { membersOf, readJson, readOptionalJson, refused } from './body.ts';
import type { Visit } from './visit.ts';
import { changedBy, isNote, keeperOf, unlessInvalid } from './webhook-visit.ts';

type Endpoints = Engine['webhooks']['endpoints'];
type Endpoint = Awaited<ReturnType<Endpoints['list']>>[number];
type Whose = NonNullable<Parameters<Endpoints['list']>[0]>;

/** Every endpoint. Auditors see its host only, because its path may hold a token. */
export async function listEndpoints(visit: Visit): Promise<Reply> {
  const keeper = await keeperOf(visit, 'read');
  if (keeper.kind === 'problem') return keeper.problem;
  const endpoints = await visit.torii.webhooks.endpoints.list(keeper.whose);
  const isAdmin = keeper.person.roles.includes('admin');
  return json(200, {
    endpoints: endpoints.map((each) => {
      const { url: _, ...shown } = endpointBody(each);
      return isAdmin ? endpointBody(each) : shown;
    }),
  });
}

/** Makes an endpoint and tells its secret, this once; or changes one. */
export async function saveEndpoint(visit: Visit): Promise<Reply> {
  const keeper = await keeperOf(visit, 'change');
  if (keeper.kind === 'problem') return keeper.problem;
  const body = await readJson(visit.request);
  if (body.kind === 'problem') return body.problem;
  const members = membersOf(body.value, ['id', 'url', 'events', 'note']);
  if (members === undefined || !isSettings(members))
    return refused(400, 'expected `url`, and at most `id`, `events` as a list, and a `note` besides').problem;
  const { note, ...settings } = members;
  const { endpoints } = visit.torii.webhooks;
  const by = changedBy(keeper.person, note);
  const saved = await unlessInvalid(endpoints.save({ ...settings, ...keeper.whose }, by));
  if ('status' in saved) return saved;
  const { endpoint, secret = null } = saved;
  return json(secret === null ? 200 : 201, { endpoint: endpointBody(endpoint), secret });
}

/** Gives an endpoint another secret and tells it, this once. */
export async function rotateEndpoint(visit: Visit, id: string): Promise<Reply> {
  const keeper = await keeperOf(visit, 'change');
  if (keeper.kind === 'problem') return keeper.problem;
  const body = await readOptionalJson(visit.request);
  if (body.kind === 'problem') return body.problem;
  const members = membersOf(body.value, ['overlapMs', 'note']);
  const { overlapMs, note } = members ?? {};
  if (members === undefined || !isNote(note) || !isOptionalNumber(overlapMs))
    return refused(400, 'expected at most `overlapMs` in whole milliseconds, and a `note`').problem;
  const { endpoints } = visit.torii.webhooks;
  const known = await endpointOf(endpoints, keeper.whose, id);
  if (known === undefined) return unknown();
  if (known.fixed) return fixed();
  const name = { id, ...keeper.whose, ...(overlapMs === undefined ? {} : { overlapMs }) };
  const rotated = await unlessInvalid(endpoints.rotate(name, changedBy(keeper.person, note)));
  if (rotated === undefined) return unknown();
  if ('status' in rotated) return rotated;
  return json(200, { endpoint: endpointBody(rotated.endpoint), secret: rotated.secret ?? null });
}

/** Sends to an endpoint again. */
export function enableEndpoint(visit: Visit, id: string): Promise<Reply> {
  return switchEndpoint(visit, id, 'enable');
}

/** Sends nothing to an endpoint any more. */
export function disableEndpoint(visit: Visit, id: string): Promise<Reply> {
  return switchEndpoint(visit, id, 'disable');
}

/** Forgets an endpoint. Answers it as it was. */
export async function removeEndpoint(visit: Visit, id: string): Promise<Reply> {
  const keeper = await keeperOf(visit, 'change');
  if (keeper.kind === 'problem') return keeper.problem;
  const { endpoints } = visit.torii.webhooks;
  const known = await endpointOf(endpoints, keeper.whose, id);
  if (known === undefined) return unknown();
  if (known.fixed) return fixed();
  const isGone = await endpoints.remove({ id, ...keeper.whose }, changedBy(keeper.person, undefined));
  return isGone ? json(200, { endpoint: endpointBody(known), changed: true }) : unknown();
}

/** Sends a signed test, and tells what came of it, never what the endpoint said. */
export async function pingEndpoint(visit: Visit, id: string): Promise<Reply> {
  const keeper = await keeperOf(visit, 'change');
  if (keeper.kind === 'problem') return keeper.problem;
  const body = await readOptionalJson(visit.request);
  if (body.kind === 'problem') return body.problem;
  if (membersOf(body.value, []) === undefined) return refused(400, 'expected no members').problem;
  const answer = await visit.torii.webhooks.ping({ id, ...keeper.whose });
  if (answer === undefined) return unknown();
  const { ok, status = null, reason = null, durationMs } = answer;
  return json(200, { ok, status, reason, durationMs });
}

async function switchEndpoint(visit: Visit, id: string, how: 'enable' | 'disable'): Promise<Reply> {
  const keeper = await keeperOf(visit, 'change');
  if (keeper.kind === 'problem') return keeper.problem;
  const body = await readOptionalJson(visit.request);
  if (body.kind === 'problem') return body.problem;
  const members = membersOf(body.value, ['note']);
  if (members === undefined || !isNote(members.note))
    return refused(400, 'expected at most a `note` as text').problem;
  const { endpoints } = visit.torii.webhooks;
  const by = changedBy(keeper.person, members.note);
  const changed = await unlessInvalid(endpoints[how]({ id, ...keeper.whose }, by));
  if (typeof changed !== 'boolean') return changed;
  const known = await endpointOf(endpoints, keeper.whose, id);
  return known === undefined ? unknown() : json(200, { endpoint: endpointBody(known), changed });
}

async function endpointOf(endpoints: Endpoints, whose: Whose, id: string): Promise<Endpoint | undefined> {
  const known = await endpoints.list(whose);
  return known.find((endpoint) => endpoint.id === id);
}

interface Settings {
  readonly id?: string;
  readonly url: string;
  readonly events?: readonly string[];
  readonly note?: string;
}

function isSettings(members: Readonly<Partial<Record<keyof Settings, unknown>>>): members is Settings {
  const { id, url, events, note } = members;
  const isList = Array.isArray(events) && events.every((event) => typeof event === 'string');
  return typeof url === 'string' && isNote(id) && isNote(note) && (events === undefined || isList);
}

function isOptionalNumber(value: unknown): value is number | undefined {
  return value === undefined || typeof value === 'number';
}

type EndpointBody = Pick<Endpoint, 'url'>;

function endpointBody({ failingSince, previousSecretUntil, ...endpoint }: Endpoint): EndpointBody {
  return {
    ...endpoint,
    ...(failingSince === undefined ? {} : { failingSince: isoText(failingSince) }),
    ...(previousSecretUntil === undefined ? {} : { previousSecretUntil: isoText(previousSecretUntil) }),
  };
}

function unknown(): Problem {
  const face = { status: 404, title: 'There is no such endpoint' };
  return problem('ENDPOINT_NOT_FOUND', face, { detail: 'no webhook endpoint has this id' });
}

function fixed(): Problem {
  const detail = 'this endpoint comes from the options of the engine, which decide its URL and secrets';
  return problem('ENDPOINT_FIXED', { status: 409, title: 'The endpoint is fixed' }, { detail });
}
