import type { Store } from '@torii/engine';
import { startFaultProxy } from '@torii/sandbox/redis';
import { asking, charge, costing } from '../suite/asking.ts';
import { allEntries, auditFlaws } from '../suite/journal.ts';
import type { Result } from '../suite/result.ts';
import { openRedisStore, patiently, withServer } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import type { Breaking } from './disturbed.ts';

const AMOUNT = 7n;

/**
 * Loses the reply of every single step: each call must be reserved once, be told `fresh` to whoever asked, and be spent
 * once, however often it has to be asked for.
 */
export function losesEveryReply(
  { calls, breaking = (sound) => sound }: { readonly calls: number; readonly breaking?: Breaking },
  { progress }: Proving,
): Promise<Result> {
  return withServer(async (server) => {
    const proxy = await startFaultProxy(server);
    const store = await openRedisStore(proxy.url, { commandTimeoutMs: 1_000 });
    const asked = breaking(store);
    const violations: string[] = [];
    try {
      for (let index = 0; index < calls; index++) {
        const id = `c${index}`;
        proxy.cutReplyAfter(0);
        const answer = await patiently(async () => asked.reserve(reservation(id)));
        if (answer.kind !== 'reserved' || !answer.fresh)
          violations.push(`${id} was told \`${answer.kind}\`, not its own`);
        proxy.cutReplyAfter(0);
        await patiently(async () => asked.settle(costing(id, AMOUNT)));
        progress.step(index + 1, calls, 'calls');
      }
      proxy.heal();
      violations.push(...(await countFlaws(store, calls)));
    } finally {
      await store.close();
      await proxy.stop();
    }
    return { tried: { 'replies lost': 2 * calls }, violations };
  });
}

function reservation(id: string): ReturnType<typeof asking> {
  return asking(id, [charge('hot', { amount: AMOUNT, limit: 1_000_000_000n })]);
}

async function countFlaws(store: Store, calls: number): Promise<readonly string[]> {
  const entries = await allEntries(store);
  const counted = ['call.reserved', 'call.settled'].flatMap((type) => {
    const written = entries.filter((entry) => entry.type === type).length;
    return written === calls ? [] : [`${written} times \`${type}\` was written for ${calls} calls`];
  });
  const { budgets } = await store.status(reservation('any').budgets, []);
  const spent = budgets[0]?.spent ?? 0n;
  const due = AMOUNT * BigInt(calls);
  return [
    ...counted,
    ...(spent === due ? [] : [`${spent} were spent; expected ${due}`]),
    ...(await auditFlaws(store)),
  ];
}
