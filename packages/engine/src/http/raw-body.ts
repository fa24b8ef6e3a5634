import type { IncomingMessage } from 'node:http';

/** A request that a parser may have read before. */
export interface ReadRequest extends IncomingMessage {
  readonly body?: unknown;
}

/** The bytes of a request as they came, or why they cannot be had: too many, or something read them before. */
export type RawBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'parsed'; readonly value: unknown };

/**
 * The bytes of a body: off the wire, or as `express.raw`, `express.text` or a host that keeps `rawBody` left them. A body
 * that was parsed cannot be put back together: the same JSON may be written in many ways. Stops reading where there is too
 * much, so that the answer gets out. Rejects when the client leaves.
 */
export async function rawBodyOf(request: ReadRequest, maxBytes: number): Promise<RawBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return { kind: 'too-large' };
  const kept: unknown = 'rawBody' in request ? request.rawBody : undefined;
  const taken: unknown = request.body;
  const known = bytesOf(taken) ?? bytesOf(kept);
  if (known !== undefined) return sized(known, maxBytes);
  if (request.readableDidRead && taken !== undefined) return { kind: 'parsed', value: taken };
  const bytes = await collect(request, maxBytes);
  return bytes === undefined ? { kind: 'too-large' } : { kind: 'bytes', bytes };
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value) : undefined;
}

function sized(bytes: Uint8Array, maxBytes: number): RawBody {
  return bytes.byteLength > maxBytes ? { kind: 'too-large' } : { kind: 'bytes', bytes };
}

/** The bytes of the body, or undefined once there are too many. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
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
      if (size > maxBytes) stop(undefined);
    };
    const done = (): void => stop(Buffer.concat(chunks));
    const fail = (error: Error): void => reject(error);
    const leave = (): void => reject(new Error('the client left'));
    request.on('data', take).on('end', done).on('error', fail).on('close', leave);
  });
}
