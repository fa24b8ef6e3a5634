/** Where a suite says how far it is. */
export interface Progress {
  /** Something begins. */
  begin(name: string): void;

  /** So much of it is done: `120 of 418 zones`. Said at most a few times a second. */
  step(done: number, of: number, what: string): void;

  /** It is over. */
  end(): void;
}

const SAID_EVERY_MS = 200;

/** Speaks on stderr: one line that changes where somebody looks on, one line per part where nobody does. */
export function progressOf(suite: string): Progress {
  const live = process.stderr.isTTY;
  let name = '';
  let startedAt = 0;
  let saidAt = 0;
  let last = '';
  return {
    begin(part) {
      name = part;
      last = '';
      startedAt = performance.now();
      saidAt = 0;
      if (live) process.stderr.write(`\r\u001B[K${suite}  ${name} ...`);
    },
    step(done, of, what) {
      last = done === of ? `${numeral(of)} ${what}` : `${numeral(done)} of ${numeral(of)} ${what}`;
      if (!live || performance.now() - saidAt < SAID_EVERY_MS) return;
      saidAt = performance.now();
      process.stderr.write(`\r\u001B[K${suite}  ${name}  ${last}`);
    },
    end() {
      const took = ((performance.now() - startedAt) / 1_000).toFixed(1);
      process.stderr.write(
        `${live ? '\r\u001B[K' : ''}${suite}  ${name.padEnd(44)} ${last.padEnd(28)} ${took} s\n`,
      );
    },
  };
}

/** 11,034,827 */
export function numeral(count: number): string {
  return count.toLocaleString('en-US');
}
