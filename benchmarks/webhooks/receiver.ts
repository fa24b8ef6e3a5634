/** A process that takes webhooks and does nothing with them. It tells its parent where it listens, and how fast they came. */
import { createServer } from 'node:http';
import type { Asked, Told } from './receiving.ts';

let expected = 0;
let count = 0;
let firstMs = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(204).end();
    if (count === 0) firstMs = performance.now();
    count += 1;
    if (count === expected) tell({ kind: 'reached', count, ms: performance.now() - firstMs });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  tell({ kind: 'listening', port: address.port });
});
process.on('message', (asked: Asked) => {
  [expected, count] = [asked.expect, 0];
  tell({ kind: 'counting' });
});
process.on('disconnect', () => process.exit(0));

function tell(told: Told): void {
  process.send?.(told);
}
