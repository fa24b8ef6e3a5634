// Writes docs/reference/decisions.md from the table that the tests of decisions are made of. `npm run decisions`
import { write } from './written.mjs';

await write('docs/reference/decisions.md', {
  from: 'packages/engine/src/decide/decisions-page.test-support.ts',
  textOf: ({ decisionsPage }) => decisionsPage(),
});
