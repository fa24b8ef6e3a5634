import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { OutcomeUnknownError } from '@torii/engine';
import { toriiOf } from '@torii/engine/http';
import { type Observable, tap } from 'rxjs';
import { within } from './current.ts';
import { GuardedHandlers } from './handlers.ts';
import { rawRequest } from './http-door.ts';
import { questionOf } from './message.ts';
import { noteOutput } from './output.ts';
import { runMessage } from './run-message.ts';

/** Messages whose call is started already: a class and its method may both be guarded. */
const started = new WeakSet<object>();

/**
 * Knows what only the handler knows. Over HTTP, where the response ends the call, it tells what the handler returned and
 * whether it failed without knowing what it cost. Elsewhere it starts the call and ends it. `@Guarded` brings it along.
 */
@Injectable()
export class ToriiInterceptor implements NestInterceptor {
  constructor(@Inject(GuardedHandlers) protected readonly handlers: GuardedHandlers) {}

  /** Passes on what the handler says, and its error as it came. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() === 'http') return this.#watch(context, next);
    const options = this.handlers.of(context);
    const question = options && (await questionOf(options, context));
    const args = context.getArgs<unknown[]>();
    if (options === undefined || question === undefined || started.has(args)) return next.handle();
    started.add(args);
    return runMessage({ question, options, context, handler: () => next.handle() });
  }

  #watch(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = rawRequest(context);
    const call = toriiOf(request);
    if (call === undefined) return next.handle();
    let value: unknown;
    const watched = tap<unknown>({
      next: (said) => (value = said),
      complete: () => noteOutput(request, { value }),
      error: (error: unknown) => {
        if (OutcomeUnknownError.describes(error)) call.suspend('the handler cannot say what it cost');
      },
    });
    return within(call, () => next.handle()).pipe(watched);
  }
}
