import { visible } from '../timeline/visible.ts';

/** Where a command prints, and the environment that it reads. */
export interface Terminal {
  readonly stdout: { readonly isTTY?: boolean | undefined; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly environment: NodeJS.ProcessEnv;
}

/** Prints lines. */
export function print(stream: Terminal['stderr'], lines: readonly string[]): void {
  for (const line of lines) stream.write(`${line}\n`);
}

/** Prints what somebody else may have written, without what it could do to a terminal. */
export function printVisible(stream: Terminal['stderr'], text: string): void {
  print(stream, text.split('\n').map(visible));
}

/** One line of JSON for programs and terminals; amounts that are bigints become decimal text. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
  return visible(text);
}
