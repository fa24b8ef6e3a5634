import type { Engine } from '@torii/engine';
import { slackDecision, type SlackDecisionOptions } from '@torii/engine/slack';
import type { RequestHandler } from 'express';
import { asError } from './exchange.ts';
import { rawBodyOf, requireEngine, send } from '@torii/engine/http';
import { parsedBefore } from './webhook-receiver.ts';

/** Slack sends the message along: as much as the engine reads of it. */
const MAX_BYTES = 1_048_576;

/**
 * Decides approvals by buttons in Slack: `app.post('/slack/interactions', slackApprovals(torii, { signingSecret, people }))`
 * is the URL for interactivity of the app. Needs the bytes of the body: mount it before `express.urlencoded()`.
 */
export function slackApprovals(torii: Engine, options: SlackDecisionOptions): RequestHandler {
  requireEngine(torii);
  const decide = slackDecision(torii, options);
  return async (request, response, next) => {
    try {
      const raw = await rawBodyOf(request, MAX_BYTES);
      if (raw.kind === 'parsed') throw parsedBefore('slackApprovals');
      const { status, body } =
        raw.kind === 'too-large'
          ? { status: 413, body: `expected a body of at most ${MAX_BYTES} bytes` }
          : await decide({ headers: request.headers, rawBody: raw.bytes });
      send(response, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body });
    } catch (error) {
      next(asError(error));
    }
  };
}
