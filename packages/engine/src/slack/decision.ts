import { z } from 'zod';
import { createEgress, type Egress } from '../egress/index.ts';
import { vouchedPerson } from '../identify/index.ts';
import type { VoteRefusal } from '../nouns/approval.ts';
import type { ApprovalDecision } from '../nouns/approvals.ts';
import { type Clock, systemClock } from '../nouns/clock.ts';
import type { Engine } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { PersonCredential } from '../nouns/vouched-person.ts';
import { type Click, readInteraction } from './click.ts';
import { approvalMessage, type SlackMessage } from './message.ts';
import { requireSigningSecret, type SlackHeaders, verifySlackRequest } from './verify.ts';

/** Somebody as Slack knows them. */
export interface SlackUser {
  readonly id: string;

  /** The workspace whose member they are; undefined where Slack does not say. */
  readonly team: string | undefined;
}

/** Who people of Slack are in policies: by the id of the user, or a function. Undefined for nobody. */
export type SlackPeople =
  Readonly<Record<string, string>> | ((user: SlackUser) => string | undefined | Promise<string | undefined>);

export interface SlackDecisionOptions {
  /** The signing secret of the app: what it signs is from Slack. */
  readonly signingSecret: string;

  /** Who decides when somebody presses a button. Their display names count for nothing: anybody can take one. */
  readonly people: SlackPeople;

  /** The workspace, or workspaces, whose members may decide: `T024BE7LD`. @default any that has the app */
  readonly team?: string | readonly string[];

  /** Tells Slack what to show, at an address that it gave. @default posts to `hooks.slack.com` */
  readonly respond?: (responseUrl: string, message: SlackResponse) => Promise<void>;

  /** Told when Slack could not be told. The decision stands. @default silent */
  readonly onError?: (error: Error) => void;

  /** Time, for tests. @default systemClock */
  readonly clock?: Clock;
}

/** A message in place of the one with the buttons, or one that only who pressed sees. */
export type SlackResponse =
  | (SlackMessage & { readonly replace_original: true })
  | { readonly text: string; readonly response_type: 'ephemeral'; readonly replace_original: false };

/** A request as it arrived. */
export interface SlackRequest {
  readonly headers: SlackHeaders;

  /** The bytes as they came, before anything parsed them. */
  readonly rawBody: string | Uint8Array;
}

/** What Slack is answered. 200 says that it was heard, not that it counted. */
export interface SlackAnswer {
  readonly status: number;
  readonly body: string;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const teamSchema = z
  .string()
  .regex(/^[TE][A-Z0-9]{2,30}$/, 'expected the id of a workspace, such as `T024BE7LD`');
const optionsSchema = z.strictObject({
  signingSecret: z.string(),
  people: z.union([
    z.custom(isFunction, 'expected a function or a record'),
    z.record(z.string(), z.string()),
  ]),
  team: z.union([teamSchema, z.array(teamSchema).min(1)]).optional(),
  respond: z.custom(isFunction, 'expected a function').optional(),
  onError: z.custom(isFunction, 'expected a function').optional(),
  clock: z.custom((value) => typeof value === 'object' && value !== null, 'expected a clock').optional(),
});

/** How long Slack may take to take what it is to show, in milliseconds: it waits three seconds for our answer itself. */
const RESPOND_MS = 1_200;

/**
 * Decides approvals by the buttons of `approvalMessage`: the URL for interactivity of the app. A request that Slack did not
 * sign in the last five minutes is refused, and who pressed is known from Slack alone. The same press again counts once.
 * Throws OPTIONS_INVALID for options that are wrong; rejects where `people` does, and then nothing was decided.
 */
export function slackDecision(
  torii: Pick<Engine, 'approvals'>,
  options: SlackDecisionOptions,
): (request: SlackRequest) => Promise<SlackAnswer> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `\`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'expected options'}`;
    throw new ToriiError('OPTIONS_INVALID', message);
  }
  requireSigningSecret(options.signingSecret);
  const { signingSecret, people, team, clock = systemClock, onError = () => undefined } = options;
  const respond = options.respond ?? poster(createEgress({ clock }), onError);
  const teams = team === undefined ? undefined : new Set(typeof team === 'string' ? [team] : team);
  return async ({ rawBody, headers }) => {
    if (!verifySlackRequest(rawBody, headers, { signingSecret, now: clock.now() }))
      return { status: 401, body: 'expected a request that Slack signed in the last five minutes' };
    const click = readInteraction(rawBody);
    if (click.kind === 'malformed') return { status: 400, body: 'expected one press of one button' };
    if (click.kind === 'other') return heard;
    const tell = async (message: SlackResponse): Promise<void> => {
      try {
        if (click.responseUrl !== undefined) await respond(click.responseUrl, message);
      } catch (error) {
        onError(error instanceof Error ? error : new Error('Slack could not be told'));
      }
    };
    if (teams !== undefined && !isOf(teams, click)) {
      await tell(aside('Members of this workspace cannot decide here. Nothing was decided.'));
      return heard;
    }
    const person = await personOf(people, click.user);
    if (person === undefined) {
      await tell(aside('Torii does not know who you are. Nothing was decided.'));
      return heard;
    }
    const credential = vouchedPerson({ id: person, via: 'chat' });
    const told = await outcomeOf(torii, click, credential);
    await Promise.all(told.map(tell));
    return heard;
  };
}

const heard: SlackAnswer = { status: 200, body: '' };

/** Whether it happened in one of the workspaces, and its member did it: in a shared channel those may differ. */
function isOf(teams: ReadonlySet<string>, { team, user }: Click): boolean {
  const isMember = user.team === undefined || teams.has(user.team);
  return team !== undefined && teams.has(team) && isMember;
}

async function personOf(people: SlackPeople, user: SlackUser): Promise<string | undefined> {
  if (typeof people === 'function') return (await people(user)) ?? undefined;
  return Object.hasOwn(people, user.id) ? people[user.id] : undefined;
}

/** Decides, and says what is to be shown. */
async function outcomeOf(
  { approvals }: Pick<Engine, 'approvals'>,
  { verdict, about }: Click,
  credential: PersonCredential,
): Promise<readonly SlackResponse[]> {
  try {
    const answer = await approvals.decide({ credential, verdict, ...about });
    if (answer.kind === 'counted') return [instead(approvalMessage(answer.approval))];
    const why = aside(whyNot(answer));
    const isOld = answer.kind === 'refused' && answer.code !== 'NOT_AN_APPROVER';
    if (!isOld) return [why];
    const { approvalId, tenant } = about;
    const approval = await approvals.get({ credential, approvalId, tenant });
    return approval === undefined || 'kind' in approval ? [why] : [instead(approvalMessage(approval)), why];
  } catch (error) {
    if (!ToriiError.is(error) || error.code !== 'STORE_UNAVAILABLE') throw error;
    return [aside('It cannot be said now whether this counted. Press again in a moment.')];
  }
}

const refusals: Readonly<Record<VoteRefusal, string>> = {
  APPROVAL_NOT_FOUND: 'There is no such approval. Nothing was decided.',
  NOT_AN_APPROVER: 'You are not asked to decide this. Nothing was decided.',
  APPROVAL_RESOLVED: 'This was decided before. Your answer was not counted.',
  ACTION_CHANGED: 'The action has changed since this was shown. Nothing was decided.',
  ALREADY_VOTED: 'You have answered this before, or somebody did in your place. That answer counts.',
};

function whyNot(answer: Exclude<ApprovalDecision, { kind: 'counted' }>): string {
  return answer.kind === 'refused'
    ? refusals[answer.code]
    : 'This could not be decided. Nothing was decided.';
}

function instead(message: SlackMessage): SlackResponse {
  return { ...message, replace_original: true };
}

function aside(text: string): SlackResponse {
  return { text, response_type: 'ephemeral', replace_original: false };
}

const SLACK_HOSTS: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);

/** Posts to Slack and nowhere else, whatever address a request gave. */
function poster(
  egress: Egress,
  onError: (error: Error) => void,
): NonNullable<SlackDecisionOptions['respond']> {
  return async (responseUrl, message) => {
    const isSlack = URL.canParse(responseUrl) && SLACK_HOSTS.has(new URL(responseUrl).host);
    if (!isSlack) return onError(new Error('expected a `response_url` of Slack'));
    const answer = await egress.post(responseUrl, {
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(message),
      timeoutMs: RESPOND_MS,
      signal: new AbortController().signal,
    });
    if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return;
    const reason = answer.kind === 'answered' ? `it answered ${answer.status}` : answer.kind;
    onError(new Error(`Slack did not take the new message: ${reason}`));
  };
}
