import type { ServerResponse } from 'node:http';
import type { Engine } from '@torii/engine';
import {
  httpFields,
  requireEngine,
  checkOptions,
  type Settings as Shared,
  settingsOf as sharedSettingsOf,
} from '@torii/engine/http';
import { door, type GuardedRequest } from './exchange.ts';
import type { ToriiOptions } from './options.ts';

/** Options with their defaults filled in. */
export interface Settings<Req extends GuardedRequest, Res extends ServerResponse> extends Shared<Req, Res> {
  readonly onDenied: ToriiOptions<Req, Res>['onDenied'] | undefined;
}

/** Validates the options once. Throws OPTIONS_INVALID that names the first wrong one and says what was expected. */
export function settingsOf<Req extends GuardedRequest, Res extends ServerResponse>(
  torii: Engine,
  options: ToriiOptions<Req, Res>,
): Settings<Req, Res> {
  requireEngine(torii);
  checkOptions(options, httpFields);
  return { ...sharedSettingsOf(door, torii, options), onDenied: options.onDenied };
}
