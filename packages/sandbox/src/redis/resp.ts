import { connect } from 'node:net';

/** What a server answers: text, a whole number, nothing, or a list of these. */
export type RespReply = string | number | null | readonly RespReply[];

/** A server answered that it refuses the command. */
export class RespError extends Error {
  override readonly name = 'RespError';
}

/**
 * Sends one command over a connection of its own and reads the answer. For preparing and looking at servers; what is
 * under test speaks through its own client.
 */
export function ask(port: number, ...words: readonly string[]): Promise<RespReply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(requestOf(words)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const read = readReply(received, 0);
      if (read === undefined) return;
      socket.destroy();
      if (read.reply instanceof RespError) reject(read.reply);
      else resolve(read.reply);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`port ${port} hung up before it answered \`${words[0]}\``)));
  });
}

function requestOf(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}

interface Read {
  readonly reply: RespReply | RespError;
  readonly end: number;
}

/** Undefined until all of the reply has arrived. */
function readReply(received: Buffer, at: number): Read | undefined {
  const lineEnd = received.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const line = received.toString('utf8', at + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(received[at] ?? 0)) {
    case '+':
      return { reply: line, end };
    case '-':
      return { reply: new RespError(line), end };
    case ':':
      return { reply: Number(line), end };
    case '$':
      return readText(received, end, Number(line));
    case '*':
      return readList(received, end, Number(line));
    default:
      throw new Error(`expected a reply of Redis, got \`${line}\``);
  }
}

function readText(received: Buffer, at: number, length: number): Read | undefined {
  if (length < 0) return { reply: null, end: at };
  const end = at + length;
  return received.length < end + 2 ? undefined : { reply: received.toString('utf8', at, end), end: end + 2 };
}

function readList(received: Buffer, at: number, count: number): Read | undefined {
  const replies: RespReply[] = [];
  let end = at;
  for (let index = 0; index < count; index++) {
    const read = readReply(received, end);
    if (read === undefined) return undefined;
    if (read.reply instanceof RespError) return read;
    replies.push(read.reply);
    end = read.end;
  }
  return { reply: count < 0 ? null : replies, end };
}
