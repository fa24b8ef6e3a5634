import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { OutcomeUnknownError } from '@torii/engine';
import { noteAtWork, toriiOf } from '@torii/engine/http';
import { type Observable, tap } from 'rxjs';
import { within } from './current.ts';
import { GuardedHandlers, imported } from './handlers.ts';
import { rawRequest } from './http-door.ts';
import { questionOf } from './message.ts';
import { noteOutput, type Output } from './output.ts';
import { isRunningFor, runMessage } from './run-message.ts';

/**
 * Knows what only the handler knows. Over HTTP, where the response ends the call, it tells what the handler returned and
 * whether it failed without knowing what it cost. Elsewhere it starts the call and ends it. `@Guarded` brings it along.
 */
@Injectable()
export class ToriiInterceptor implements NestInterceptor {
  protected readonly handlers: GuardedHandlers;

  /** Throws OPTIONS_INVALID in an application that does not import the module. */
  constructor(@Optional() @Inject(GuardedHandlers) handlers?: GuardedHandlers) {
    this.handlers = imported(handlers);
  }

  /** Passes on what the handler says, and its error as it came. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() === 'http') return this.#watch(context, next);
    const options = this.handlers.of(context);
    const question = options && (await questionOf(options, context));
    // A class and its method may both be guarded.
    if (options === undefined || question === undefined || isRunningFor(context)) return next.handle();
    return runMessage({ question, options, context, handler: () => next.handle() });
  }

  #watch(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = rawRequest(context);
    const call = toriiOf(request);
    if (call === undefined) return next.handle();
    let last: Output | undefined;
    const watched = tap<unknown>({
      subscribe: () => noteAtWork(request, true),
      next: (value) => (last = { value }),
      complete: () => {
        noteAtWork(request, false);
        noteOutput(request, last ?? { value: undefined });
      },
      error: (error: unknown) => {
        noteAtWork(request, false);
        if (OutcomeUnknownError.describes(error)) call.suspend('the handler cannot say what it cost');
      },
      // Who had heard enough has a value; who had not, as a timeout, left the handler at work.
      unsubscribe: () => noteAtWork(request, last === undefined),
    });
    return within(call, () => next.handle()).pipe(watched);
  }
}
