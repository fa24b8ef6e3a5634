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

/** One line of JSON for programs; amounts that are bigints become decimal text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  );
}
