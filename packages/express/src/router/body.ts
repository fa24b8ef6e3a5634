import { TextDecoder } from 'node:util';
import { parseJson, ToriiError } from '@torii/engine';
import type { Request } from 'express';
import { type Problem, problem } from '../problem.ts';

/** More than any decision needs, comment included. */
const MAX_BYTES = 16_384;

/** A parsed body, or the problem with it. */
export type Body =
  | { readonly kind: 'body'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * The JSON body of a request: by our own strict parser where its bytes are at hand, or as another parser left it.
 * Duplicate keys can be seen only in bytes, so mount the router before `express.json()`.
 */
export async function readJson(request: Request): Promise<Body> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (type !== 'application/json' || encoding !== 'identity')
    return refused(415, 'expected a body of `application/json`');
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) return tooLarge();
  const taken: unknown = request.body;
  if (taken instanceof Uint8Array) return parse(taken);
  if (typeof taken === 'string') return parse(Buffer.from(taken));
  if (request.readableDidRead && taken !== undefined) return { kind: 'body', value: taken };
  const bytes = await collect(request);
  return bytes === undefined ? tooLarge() : parse(bytes);
}

function parse(bytes: Uint8Array): Body {
  if (bytes.byteLength > MAX_BYTES) return tooLarge();
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: 'body', value: parseJson(text, { bytes: MAX_BYTES }) };
  } catch (error) {
    return refused(400, ToriiError.is(error) ? error.message : 'expected JSON in UTF-8');
  }
}

/** The bytes of the body, or undefined once there are too many. Stops reading then, so that the answer gets out. */
function collect(request: Request): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    if (request.readableEnded) return resolve(new Uint8Array());
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (bytes: Uint8Array | undefined): void => {
      request.off('data', take).off('end', done).off('error', fail).off('close', leave);
      resolve(bytes);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength;
      chunks.push(chunk);
      if (size > MAX_BYTES) stop(undefined);
    };
    const done = (): void => stop(Buffer.concat(chunks));
    const fail = (error: Error): void => reject(error);
    const leave = (): void => reject(new Error('the client left'));
    request.on('data', take).on('end', done).on('error', fail).on('close', leave);
  });
}

function tooLarge(): Body {
  return refused(413, `expected a body of at most ${MAX_BYTES} bytes`);
}

const TITLES = {
  400: 'The body is not valid',
  413: 'The body is too large',
  415: 'The body is of another type',
};

/** A problem with the body. */
export function refused(status: keyof typeof TITLES, detail: string): Body & { kind: 'problem' } {
  const code = { 400: 'BODY_INVALID', 413: 'BODY_TOO_LARGE', 415: 'BODY_TYPE_UNSUPPORTED' }[status];
  return { kind: 'problem', problem: problem(code, { status, title: TITLES[status] }, { detail }) };
}
