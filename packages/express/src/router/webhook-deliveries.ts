import type { Engine } from '@torii/engine';
import { json, problem, type Reply } from '@torii/engine/http';
import { isoText } from './approval-faces.ts';
import { membersOf, readJson, refused } from './body.ts';
import { badQuery, LIMIT_FORM, limitIn, TIME_FORM, timeIn, LONGEST_PAGE } from './query.ts';
import type { Visit } from './visit.ts';
import { changedBy, isNote, keeperOf, unlessInvalid } from './webhook-visit.ts';

type Webhooks = Engine['webhooks'];
type DeliveryQuery = NonNullable<Parameters<Webhooks['deliveries']>[0]>;
type Delivery = NonNullable<Awaited<ReturnType<Webhooks['delivery']>>>;
type State = Delivery['state'];
type Replay = Parameters<Webhooks['replay']>[0];

const FILTERS = ['endpoint', 'state', 'from', 'until', 'limit', 'cursor'] as const;

const states: Readonly<Record<State, true>> = { queued: true, delivered: true, 'gave-up': true };
const STATE_FORM = `\`state\` as one of \`${Object.keys(states).join('`, `')}\``;

/** Deliveries, the latest first, by pages; without what they say. */
export async function listDeliveries(visit: Visit): Promise<Reply> {
  const keeper = await keeperOf(visit, 'read', FILTERS);
  if (keeper.kind === 'problem') return keeper.problem;
  const asked = deliveryQueryOf(keeper.values);
  if (typeof asked === 'string') return badQuery(`expected ${asked}`).problem;
  const found = await visit.torii.webhooks.deliveries({ ...asked, ...keeper.whose });
  const last = found.at(-1);
  // A page that is not full is the last one; after a full one there may be none.
  const next = last === undefined || found.length < asked.limit ? null : `${last.queuedAt}_${last.id}`;
  const deliveries = found.map((each) => {
    const { body: _, ...quiet } = each;
    return deliveryBody(quiet);
  });
  return json(200, { deliveries, next });
}

/** One delivery with what it says and its log. */
export async function showDelivery(visit: Visit, id: string): Promise<Reply> {
  const keeper = await keeperOf(visit, 'read');
  if (keeper.kind === 'problem') return keeper.problem;
  const delivery = await visit.torii.webhooks.delivery({ id, ...keeper.whose });
  if (delivery !== undefined) return json(200, deliveryBody(delivery));
  const face = { status: 404, title: 'There is no such delivery' };
  return problem('DELIVERY_NOT_FOUND', face, { detail: 'no delivery that is still known has this id' });
}

/** Queues deliveries again that are over. */
export async function replayDeliveries(visit: Visit): Promise<Reply> {
  const keeper = await keeperOf(visit, 'change');
  if (keeper.kind === 'problem') return keeper.problem;
  const body = await readJson(visit.request);
  if (body.kind === 'problem') return body.problem;
  const asked = replayIn(body.value);
  if (asked === undefined) {
    const detail = `expected \`ids\`, or \`endpoint\`, \`from\` and \`until\` as ${TIME_FORM}, and at most \`states\` of \`delivered\` and \`gave-up\`; with either a \`note\``;
    return refused(400, detail).problem;
  }
  const by = changedBy(keeper.person, asked.note);
  const which: Replay = { ...asked.which, ...keeper.whose };
  const replayed = await unlessInvalid(visit.torii.webhooks.replay(which, by));
  return 'status' in replayed ? replayed : json(200, { replayed });
}

type Filters = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;

/** What to ask for, or what was expected. */
function deliveryQueryOf(filters: Filters): (DeliveryQuery & { readonly limit: number }) | string {
  const { endpoint, state, from, until, limit: most, cursor } = filters;
  if (state !== undefined && !isState(state)) return STATE_FORM;
  const limit = most === undefined ? LONGEST_PAGE : limitIn(most);
  if (limit === undefined) return LIMIT_FORM;
  const [fromMs, untilMs] = [timeIn(from), timeIn(until)];
  if ((from !== undefined && fromMs === undefined) || (until !== undefined && untilMs === undefined))
    return `\`from\` and \`until\` as ${TIME_FORM}`;
  const after = cursor === undefined ? undefined : placeIn(cursor);
  if (cursor !== undefined && after === undefined) return 'a `cursor` that a page gave';
  return {
    limit,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(state === undefined ? {} : { state }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(after === undefined ? {} : { after }),
  };
}

function placeIn(cursor: string): DeliveryQuery['after'] {
  const [, queuedAt, id] = /^([0-9]{1,15})_(.{1,256})$/.exec(cursor) ?? [];
  return queuedAt === undefined || id === undefined ? undefined : { queuedAt: Number(queuedAt), id };
}

function replayIn(value: unknown): { readonly which: Replay; readonly note: unknown } | undefined {
  const one = membersOf(value, ['ids', 'note']);
  if (one !== undefined && isTexts(one.ids) && isNote(one.note))
    return { which: { ids: one.ids }, note: one.note };
  const many = membersOf(value, ['endpoint', 'from', 'until', 'states', 'note']);
  if (many === undefined || typeof many.endpoint !== 'string' || !isNote(many.note)) return undefined;
  const [fromMs, untilMs] = [timeIn(many.from), timeIn(many.until)];
  if (fromMs === undefined || untilMs === undefined) return undefined;
  const which = { endpoint: many.endpoint, fromMs, untilMs };
  if (many.states === undefined) return { which, note: many.note };
  return isOver(many.states) ? { which: { ...which, states: many.states }, note: many.note } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

function isOver(value: unknown): value is readonly Exclude<State, 'queued'>[] {
  return isTexts(value) && value.every((each) => isState(each) && each !== 'queued');
}

function isState(text: string): text is State {
  return Object.hasOwn(states, text);
}

function deliveryBody({ dueAt, queuedAt, tries, ...delivery }: Omit<Delivery, 'body'>): object {
  const told = tries.map(({ at, durationMs, status = null, reason = null }) => ({
    at: isoText(at),
    durationMs,
    status,
    reason,
  }));
  return { ...delivery, dueAt: isoText(dueAt), queuedAt: isoText(queuedAt), tries: told };
}
