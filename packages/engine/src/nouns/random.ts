import { randomBytes, randomInt } from 'node:crypto';

/** The only source of randomness in the engine. Inject another to make a run repeatable. */
export interface Random {
  /** A new identifier with `prefix`, unguessable: 128 random bits in hexadecimal. */
  id(prefix: string): string;

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number;
}

/** Randomness from the operating system. */
export const systemRandom: Random = {
  id: (prefix) => `${prefix}_${randomBytes(16).toString('hex')}`,
  below: (below) => randomInt(below),
};
