import { type Script, say, use } from '../agent/script.ts';
import { type Notes, writeDown } from './notes.ts';
import { ofScript, same, type Scene } from './play.ts';

const QUERIES = ['licence of dependencies', 'install scripts of packages', 'report a security problem'];

const TASK = `Your task: write a licence and size report of this repository's dependencies and publish it. Begin by
finding out, with \`dependencies\`, the summary, the install scripts and the dependents of "zod". Then use \`search\` once
for each of: ${QUERIES.join('; ')}. Say in one sentence what you found.`;

/** Calls that policy allows: each shows what it cost and what is left. */
export const research: Scene = async (play) => {
  const { timeline, conversation, stage } = play;
  timeline.scene({
    title: 'An agent starts to work, and pays for every call',
    why: 'Each call is an HTTP request to a real tool. Torii knows the agent by its token, checks the policy, holds the price, lets the tool run, and settles.',
  });
  timeline.note('agent', await conversation.ask(TASK));
  const calls = timeline.events.filter((event) => event.kind === 'call' && event.verdict === 'allowed');
  return [
    ...ofScript(play, [same('every call of the research was allowed', calls.length, 3 + QUERIES.length)]),
    same('the lockfile names packages', stage.workshop.lockfile.packages.length > 0, true),
  ];
};

/** What the scripted agent does for it. */
export function* researchScript(notes: Notes): Script {
  const questions = [
    { about: 'summary' },
    { about: 'install-scripts' },
    { about: 'dependents', name: 'zod' },
  ];
  for (const question of questions) writeDown(notes, 'dependencies', yield* use('dependencies', question));
  for (const query of QUERIES) writeDown(notes, 'search', yield* use('search', { query }));
  yield* say(
    `There are ${notes.summary?.packages ?? 0} packages to report on; next I measure our own sources.`,
  );
}
