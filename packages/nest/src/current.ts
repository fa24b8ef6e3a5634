import { AsyncLocalStorage } from 'node:async_hooks';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '@torii/engine';
import { type ToriiCall, toriiOf } from '@torii/engine/http';
import { Observable } from 'rxjs';
import { rawRequest } from './http-door.ts';

const running = new AsyncLocalStorage<ToriiCall>();

/** The call that is running here: for services that a guarded handler asks. Undefined outside of one. */
export function currentCall(): ToriiCall | undefined {
  return running.getStore();
}

/** Runs a handler within the call. Nest remembers where a handler was asked for, so it is asked for there too. */
export function within<T>(call: ToriiCall, handler: () => Observable<T>): Observable<T> {
  return new Observable((subscriber) => running.run(call, () => handler().subscribe(subscriber)));
}

/** The guarded call, as a parameter of its handler: `charge`, `suspend`, its budgets. Undefined where none is guarded. */
export const CurrentCall = createParamDecorator((_: unknown, context: ExecutionContext) => callOf(context));

/** Whose call it is, as a verified token says: agent, owner, session, tenant. Undefined where none is guarded. */
export const CurrentAgent = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal | undefined => callOf(context)?.call.principal,
);

function callOf(context: ExecutionContext): ToriiCall | undefined {
  return context.getType() === 'http' ? toriiOf(rawRequest(context)) : currentCall();
}
