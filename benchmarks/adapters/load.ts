/**
 * Asks a server as fast as it answers, over connections that stay open: a program of its own, which the servers do not
 * share their event loop with. It reads no more of an answer than where it ends, to leave the machine to the server.
 */
import { connect } from 'node:net';
import type { Asked, Load } from './load-messages.ts';

let asked = 0;

process.on('message', (load: Load) => {
  void ask(load).then((answer) => process.send?.(answer));
});

async function ask({ port, connections, durationMs, credential }: Load): Promise<Asked> {
  const started = performance.now();
  const until = started + durationMs;
  const head = [
    'POST /search HTTP/1.1',
    'host: localhost',
    'accept: application/json',
    'user-agent: bench',
    `authorization: Bearer ${credential}`,
    'content-type: application/json',
  ].join('\r\n');
  const lines = Array.from({ length: connections }, () => line(port, head, until));
  const counts = await Promise.all(lines);
  return { requests: counts.reduce((sum, count) => sum + count, 0), tookMs: performance.now() - started };
}

/** One connection; resolves with how many answers it had. Rejects for an answer that is not 200. */
function line(port: number, head: string, until: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answers = 0;
    let text = '';
    const next = (): void => {
      // Every request differs: the same again would be the same call.
      const body = `{"query":"kettle ${(asked += 1)}"}`;
      socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    };
    socket.setEncoding('latin1');
    socket.on('connect', next).on('error', reject);
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = endOf(text);
      if (end === undefined) return;
      if (!text.startsWith('HTTP/1.1 200 ')) return reject(new Error(`expected 200, got ${text}`));
      text = text.slice(end);
      answers += 1;
      if (performance.now() < until) return next();
      socket.destroy();
      resolve(answers);
    });
  });
}

/** Where the first answer ends; undefined before it has. */
function endOf(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = Number(/\r\ncontent-length: ([0-9]+)/i.exec(text.slice(0, headEnd))?.[1]);
  const end = headEnd + 4 + length;
  return text.length >= end ? end : undefined;
}
