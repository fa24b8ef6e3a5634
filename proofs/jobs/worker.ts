/**
 * A process that does jobs until it is killed, or told to stop by SIGTERM. It says on stdout when each begins and ends,
 * with a clock that all processes of the machine share.
 */
import { writeSync } from 'node:fs';
import { systemRandom } from '@torii/engine';
import { pause } from '../suite/pause.ts';
import { type Errand, type Handler, type Job, POISON } from './errand.ts';
import { clockAt, openAt, shortenLeases } from './place.ts';

const LONGEST_MS = 40;

/** One job in so many waits again before it is done. */
const AGAIN_ONE_IN = 5;
const AGAIN_MS = 300;

const errand = JSON.parse(process.argv[2] ?? '') as Errand;
const clock = clockAt(errand.place, errand.originMs);
shortenLeases(errand.broken === 'stalled-once');
const jobs = await openAt(errand.place, clock);

let begun = 0;
const sound: Handler = async (job, signal) => {
  const run = `${errand.worker}-${begun++}`;
  say('begin', run, job);
  if (job.subject === POISON && errand.poisoned) {
    process.kill(process.pid, 'SIGKILL');
    await pause(60_000);
  }
  await pause(systemRandom.below(LONGEST_MS));
  if (signal.aborted) {
    say('stopped', run, job);
    throw new Error('the worker stops');
  }
  if (systemRandom.below(AGAIN_ONE_IN) === 0 && job.subject !== POISON) {
    const dueAt = clock.now() + AGAIN_MS;
    say('again', run, { ...job, dueAt });
    return { kind: 'again', dueAt };
  }
  say('done', run, job);
  return { kind: 'done' };
};

/** The bug: says that a job is done, and does it a little later. */
const hasty: Handler = async (job, signal) => {
  void pause(LONGEST_MS)
    .then(() => sound(job, signal))
    .catch(() => undefined);
  return { kind: 'done' };
};

/** The bug: does not keep others from doing it too. */
const doubled: Handler = async (job, signal) => {
  const [end] = await Promise.all([sound(job, signal), sound(job, signal)]);
  return end;
};

const handlers: Readonly<Record<string, Handler>> = { hasty, doubled };
const stop = new Promise((resolve) => process.once('SIGTERM', resolve));
await jobs.work(handlers[errand.broken ?? ''] ?? sound);
const alive = setInterval(() => undefined, 60_000);
await stop;
await jobs.close();
clearInterval(alive);

/** `word run time nameOfJob dueAt`: the time is the machine's, in milliseconds that never go back. */
function say(word: string, run: string, { kind, subject, dueAt }: Job): void {
  const us = process.hrtime.bigint() / 1_000n;
  writeSync(1, `${word} ${run} ${us} ${kind}/${subject} ${dueAt} ${clock.now()}\n`);
}
