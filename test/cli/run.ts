import { spawn } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";

/** The file that package managers link as `flambeau`. */
export const bin: string = fileURLToPath(new URL("../../packages/cli/bin/flambeau.cjs", import.meta.url));

/** What a run of the command left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly bytes: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  /** Standard input: bytes, or nothing. */
  readonly input?: string | Uint8Array;
  /** Standard input from a file through a pipe. */
  readonly inputFile?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `flambeau` with these arguments as a child process. */
export async function flambeau(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...process.env, CI: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data));
  child.stderr.on("data", (data: Buffer) => err.push(data));
  // The command may end before it has read everything.
  child.stdin.on("error", () => {});
  if (options.inputFile === undefined) child.stdin.end(options.input ?? "");
  else createReadStream(options.inputFile).pipe(child.stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const bytes = Buffer.concat(out);
  return { code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() };
}

/** Runs it and demands success. */
export async function succeed(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await flambeau(args, options);
  expect(outcome, `flambeau ${args.join(" ")}`).toMatchObject({ code: 0 });
  return outcome;
}

/** Runs it and demands the refusal of unusable input: exit 2, one message, no stack trace. */
export async function refuse(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await flambeau(args, options);
  expect(outcome, `flambeau ${args.join(" ")}`).toMatchObject({ code: 2 });
  expect(outcome.stderr).toMatch(/^flambeau: /m);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(outcome.stderr).not.toContain("this is a bug");
  return outcome;
}

/** Runs a line of shell in which `flambeau` is the command, with pipefail off as users have it. */
export async function shell(line: string, options: RunOptions = {}): Promise<Outcome> {
  const script = `flambeau() { "${process.execPath}" "${bin}" "$@"; }\n${line}`;
  const child = spawn("bash", ["-c", script], { cwd: options.cwd, env: { ...process.env, CI: "1" } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data));
  child.stderr.on("data", (data: Buffer) => err.push(data));
  child.stdin.end();
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  const bytes = Buffer.concat(out);
  return { code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() };
}

/** A folder for one test file, removed at its end. */
export function scratch(): {
  readonly path: string;
  file(name: string, content: string | Uint8Array): string;
} {
  const path = mkdtempSync(join(tmpdir(), "flambeau-test-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file(name, content) {
      const whole = join(path, name);
      writeFileSync(whole, content);
      return whole;
    },
  };
}
