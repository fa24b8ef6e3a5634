import { fakeClock } from '../../testing/fake-clock.ts';
import { storeContract } from '../../testing/store-contract.ts';
import { memoryStore } from './memory-store.ts';

test.each(storeContract())('$title', async ({ run }) => {
  await run(async () => {
    const clock = fakeClock();
    return { store: await memoryStore().open({ clock }), clock };
  });
});
