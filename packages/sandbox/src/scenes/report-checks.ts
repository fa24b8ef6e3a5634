import { readFile } from 'node:fs/promises';
import { type Check, ofScript, type Play, same } from './play.ts';
import { callsOf } from './refusals.ts';

/** Checks that the report was written by this run, and that it says what the repository says. */
export async function reportChecks(play: Play): Promise<readonly Check[]> {
  const { stage } = play;
  const { packages } = stage.workshop.lockfile;
  const published = callsOf(play, 'publish').some(({ verdict }) => verdict === 'allowed');
  const text = await readFile(stage.paths.report, 'utf8').catch(() => '');
  const mit = packages.filter(({ licence }) => licence === 'MIT').length;
  return [
    same('the report was published by this run', published, true),
    same('the report file is written', text !== '', true),
    ...ofScript(play, [
      same('the report says how many packages there are', text.includes(`${packages.length} packages`), true),
      same('the report says how many are under MIT', text.includes(`| MIT | ${mit} |`), true),
    ]),
  ];
}
