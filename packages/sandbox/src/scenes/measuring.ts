import { formatCurrency } from '@torii/engine';
import { type Script, say, use } from '../agent/script.ts';
import { type Notes, writeDown } from './notes.ts';
import type { CallEvent, TimelineEvent } from '../timeline/event.ts';
import { FILE_PRICE, priceOf } from '../tools/catalogue.ts';
import { ofScript, same, type Play, type Scene } from './play.ts';

/** Pages that the script asks for at most, so that a growing repository does not use up the session. */
const MOST_PAGES = 10;

/** A price that is known only afterwards: the most is held, what was used is charged, the rest returns. */
export const measuring: Scene = async (play) => {
  const { timeline, conversation, stage } = play;
  timeline.scene({
    title: 'A price that is known only afterwards',
    why: `Counting costs ${formatCurrency(FILE_PRICE, 'USD')} a file. Torii holds the most that a call can cost, ${priceOf('metrics')}, and charges what the tool says in the end; the rest returns.`,
  });
  const folders = packagesOf(play);
  timeline.note(
    'agent',
    await conversation.ask(
      `Count the sources of these packages with \`metrics\`, at most ${MOST_PAGES} pages in all, following nextPage: ${folders.join(', ')}. Then say how many lines there are.`,
    ),
  );
  const calls = timeline.events.filter(isMetrics);
  const checks = await Promise.all(
    calls.map(async ({ callId = '' }) => {
      const record = await stage.torii.calls.get(callId);
      const held = record?.price.units ?? 0n;
      const charged = record?.charged?.units ?? -1n;
      return same(
        'a call charged what it used, at most what it held',
        charged >= 0n && charged <= held && charged % FILE_PRICE === 0n,
        true,
      );
    }),
  );
  return [...ofScript(play, [same('there was something to measure', calls.length > 0, true)]), ...checks];
};

/** What the scripted agent does for it. */
export function* measuringScript(notes: Notes): Script {
  const folders = (notes.summary?.workspaces ?? [])
    .map(({ folder }) => folder)
    .filter(isPackage)
    .map(nameOf);
  const asked = folders.map((name) => ({ package: name, page: 1 }));
  // The list grows while it is walked: a page that names a next one puts it at the end, after every package had a turn.
  for (const question of asked.values()) {
    const counted = writeDown(notes, 'metrics', yield* use('metrics', question));
    const page = counted ? notes.metrics.at(-1)?.nextPage : undefined;
    if (page !== undefined && asked.length < MOST_PAGES) asked.push({ ...question, page });
  }
  const lines = notes.metrics.reduce((sum, counted) => sum + counted.lines, 0);
  yield* say(
    `I counted ${lines} lines in ${notes.metrics.reduce((sum, { files }) => sum + files, 0)} files.`,
  );
}

function packagesOf({ stage }: Play): readonly string[] {
  return stage.workshop.lockfile.workspaces
    .map(({ folder }) => folder)
    .filter(isPackage)
    .map(nameOf);
}

function isPackage(folder: string): boolean {
  return folder.startsWith('packages/');
}

function nameOf(folder: string): string {
  return folder.slice('packages/'.length);
}

function isMetrics(event: TimelineEvent): event is CallEvent {
  return event.kind === 'call' && event.tool === 'metrics' && event.verdict === 'allowed';
}
