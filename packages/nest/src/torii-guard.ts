import {
  type CanActivate,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  Optional,
} from '@nestjs/common';
import type { ToriiError } from '@torii/engine';
import { mistake } from '@torii/engine/doors';
import { admit, problemOf } from '@torii/engine/http';
import { exceptionFor, ToriiDeniedException } from './denied-exception.ts';
import { GuardedHandlers, imported } from './handlers.ts';
import { type HandlerOptions, rawRequest, responseOf } from './http-door.ts';
import { askFirst } from './message.ts';

/** Which handlers were asked about, by request or by message. */
const asked = new WeakMap<object, unknown[]>();

/**
 * Asks Torii before a handler that `@Guarded` makes a call, and lets all others pass. Over HTTP the money is held from
 * here to the end of the response. `@Guarded` brings it along; a subclass that is registered before it, as APP_GUARD or
 * by `@UseGuards` on the class, asks in its place, and a request is asked about once.
 */
@Injectable()
export class ToriiGuard implements CanActivate {
  protected readonly handlers: GuardedHandlers;

  /** Throws OPTIONS_INVALID in an application that does not import the module. */
  constructor(@Optional() @Inject(GuardedHandlers) handlers?: GuardedHandlers) {
    this.handlers = imported(handlers);
  }

  /** Answers true, or throws: `ToriiDeniedException` for a call that may not run. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const options = this.optionsOf(context);
    if (options === undefined || !isFirst(context)) return true;
    if (context.getType() === 'http') return this.admitRequest(context, options);
    if (this.handlers.of(context) === undefined) throw unheld(context);
    return this.admitMessage(context, options);
  }

  /** How the handler is a call; undefined lets it pass. */
  protected optionsOf(context: ExecutionContext): HandlerOptions | undefined {
    return this.handlers.of(context);
  }

  protected async admitRequest(context: ExecutionContext, options: HandlerOptions): Promise<boolean> {
    const settings = this.handlers.settingsOf(options);
    const admission = await admit(settings, { request: context, response: context });
    if (admission.kind === 'over') throw new HttpException('nobody waits for an answer any more', 499);
    if (admission.kind !== 'refused') return true;
    const exception = await exceptionFor(options, context, admission);
    if (ToriiDeniedException.is(exception)) writeHeaders(context, exception.headers);
    throw exception;
  }

  protected async admitMessage(context: ExecutionContext, options: HandlerOptions): Promise<boolean> {
    const answer = await askFirst(options, context);
    if (answer === undefined) return true;
    throw await exceptionFor(options, context, { answer, problem: problemOf(answer) });
  }
}

/** Outside of HTTP the guard only asks: what holds the money and ends the call is brought along by the decorator. */
function unheld(context: ExecutionContext): ToriiError {
  return mistake(
    `\`${context.getHandler().name}\`: expected \`@Guarded\`, which holds the money of a message`,
  );
}

/** A class and its method may both be guarded, and a guard of the application may come first. */
function isFirst(context: ExecutionContext): boolean {
  const key = context.getType() === 'http' ? rawRequest(context) : context.getArgs<unknown[]>();
  const handler = context.getHandler();
  const handlers = asked.get(key);
  if (handlers === undefined) asked.set(key, [handler]);
  else if (handlers.includes(handler)) return false;
  else handlers.push(handler);
  return true;
}

function writeHeaders(context: ExecutionContext, headers: Readonly<Record<string, string>>): void {
  const response = responseOf(context);
  for (const [name, value] of Object.entries(headers)) response.header(name, value);
}
