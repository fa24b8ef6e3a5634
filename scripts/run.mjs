// Starts a program, shows or keeps what it prints, and waits for its end.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The compiler, run by the Node that runs this script. */
export const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

/**
 * Runs `command` in the root of the repository and resolves with its exit code and everything it printed.
 * A program that outlives `timeoutMs` is killed and answers with `timedOut`. Never rejects for a failure.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, show?: boolean }} [options]
 * @returns {Promise<{ status: number, stdout: string, output: string, durationMs: number, timedOut: boolean }>}
 */
export function run(command, args, { cwd = root, env = process.env, timeoutMs, show = false } = {}) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let stdout = '';
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGKILL');
          }, timeoutMs);
    const end = (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, output, timedOut, durationMs: performance.now() - started });
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
      if (show) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (show) process.stderr.write(text);
    });
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end(127);
    });
    child.on('close', (code) => end(timedOut ? 124 : (code ?? 1)));
  });
}

/** Builds the named projects; on failure prints what the compiler said and ends this process. */
export async function build(...projects) {
  const { status, output } = await run(process.execPath, [tsc, '-b', ...projects]);
  if (status === 0) return;
  process.stderr.write(output);
  process.exit(status);
}

/** `1.2 s` */
export function seconds(durationMs) {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

/** The values of `--name=a,b` in the arguments of this process; empty where it is absent. */
export function listOption(name) {
  const found = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return found === undefined
    ? []
    : found
        .slice(name.length + 3)
        .split(',')
        .filter(Boolean);
}
