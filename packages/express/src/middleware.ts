import type { Engine } from '@torii/engine';
import type { RequestHandler } from 'express';
import { admit } from './admission.ts';
import type { ToriiOptions } from './options.ts';
import { settingsOf } from './settings.ts';

/**
 * Guards everything mounted after it. The engine decides; this only translates. Mount it after the body parser.
 * Throws OPTIONS_INVALID at once for options that are wrong.
 */
export function toriiMiddleware(torii: Engine, options: ToriiOptions): RequestHandler {
  const settings = settingsOf(torii, options);
  return (request, response, next) => admit(settings, { request, response, next }, () => next());
}
