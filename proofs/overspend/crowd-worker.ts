/** One of several processes that stand at the same budget. Says on stdout how far it is, and last how much it was granted. */
import { writeSync } from 'node:fs';
import { openRedisStore } from '../suite/servers.ts';
import { type CrowdErrand, reservesOne } from './crowd.ts';

const SAID_EVERY = 500;

const errand = JSON.parse(process.argv[2] ?? '') as CrowdErrand;
const store = await openRedisStore(errand.url, { prefix: errand.prefix });
let [next, granted] = [0, 0];
const caller = async (): Promise<void> => {
  for (let index = next++; index < errand.decisions; index = next++) {
    if (await reservesOne(store, `${errand.name}-${index}`, errand)) granted += 1;
    if (index % SAID_EVERY === 0) writeSync(1, `decided ${index}\n`);
  }
};
await Promise.all(Array.from({ length: errand.callers }, caller));
await store.close();
writeSync(1, `granted ${granted}\n`);
