/** Milliseconds of processor time that some work takes: what else the machine does hardly counts. */
export function processorMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The least that some work takes in several runs, in milliseconds of processor time. */
export function leastProcessorMs(run: () => unknown, times: number): number {
  return Math.min(...Array.from({ length: times }, () => processorMs(run)));
}

/** How long a fixed piece of work takes on this machine, for tests to measure by: sorting 250,000 texts. */
export function yardstickMs(): number {
  return (known ??= measured());
}

let known: number | undefined;

function measured(): number {
  const texts = Array.from({ length: 250_000 }, (_, index) => String((index * 7_919) % 250_000));
  return leastProcessorMs(() => [...texts].sort(), 3);
}
