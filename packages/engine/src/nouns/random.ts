import { randomFillSync, randomInt } from 'node:crypto';

/** The only source of randomness in the engine. Inject another to make a run repeatable. */
export interface Random {
  /** A new identifier with `prefix`, unguessable: 128 random bits in hexadecimal. */
  id(prefix: string): string;

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number;
}

/** Randomness from the operating system. */
export const systemRandom: Random = {
  id: (prefix) => `${prefix}_${sixteenBytes()}`,
  below: (below) => randomInt(below),
};

/** Asking the operating system costs about as much for a page as for one id. */
const page = Buffer.alloc(4_096);
let used = page.length;

/** Bytes that nobody was given before, in hexadecimal. */
function sixteenBytes(): string {
  if (used === page.length) {
    randomFillSync(page);
    used = 0;
  }
  used += 16;
  return page.toString('hex', used - 16, used);
}
