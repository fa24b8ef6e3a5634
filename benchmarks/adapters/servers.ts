import { createServer, type RequestListener, type Server } from 'node:http';
import { guard } from '@torii/express';
import express, { type RequestHandler } from 'express';
import { askItself, type Gate, paid } from '../gate.ts';

/** The same application without and with Torii, each on a port of its own. */
export interface Sites {
  readonly name: string;

  /** Whether a door guards it, or the handler asks the engine itself. */
  readonly by: 'door' | 'engine';
  readonly bare: number;
  readonly guarded: number;
  readonly close: () => Promise<void>;
}

/** What a search finds: about a kilobyte of JSON, made anew for each request. */
export function hitsFor(query: unknown): object {
  const hits = Array.from({ length: 8 }, (_, rank) => ({
    rank,
    title: `Result ${rank} for ${String(query)}`,
    url: `https://shop.example/items/${rank}`,
    snippet: 'Stainless steel, 1.7 litres, switches itself off',
  }));
  return { query, hits };
}

const search: RequestHandler = (request, response) => {
  const { query } = request.body as { readonly query: unknown };
  response.json(hitsFor(query));
};

/** One route behind a parser, asked as agents ask: arguments as JSON, results as JSON. */
export async function expressSites({ torii }: Gate): Promise<Sites> {
  return sitesOf('express', 'door', guard(search, { torii, ...paid }));
}

/** The same route, whose handler asks Torii itself: it reads no token, and tells nobody in headers. */
export async function askingSites(gate: Gate): Promise<Sites> {
  const asking: RequestHandler = async (request, response) => {
    const { query } = request.body as { readonly query: string };
    response.json(await askItself(gate, { query }, () => hitsFor(query)));
  };
  return sitesOf('express, no door', 'engine', asking);
}

function application(handler: RequestHandler): RequestListener {
  const app = express();
  app.use(express.json());
  app.post('/search', handler);
  return app;
}

async function listening(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Both servers, to be closed together. */
async function sitesOf(name: string, by: Sites['by'], handler: RequestHandler): Promise<Sites> {
  const bare = await listening(application(search));
  const guarded = await listening(application(handler));
  return {
    name,
    by,
    bare: portOf(bare),
    guarded: portOf(guarded),
    async close() {
      await Promise.all([bare, guarded].map((server) => closed(server)));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
