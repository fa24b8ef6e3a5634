/**
 * Does every job, so many at a time: what breaks servers waits more than it works. Those that take longest had better come
 * first.
 */
export async function inLanes<T>(
  lanes: number,
  jobs: readonly T[],
  work: (job: T) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs];
  const lane = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await work(job);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
