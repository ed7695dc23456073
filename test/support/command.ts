import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../packages/cli/", import.meta.url));

/** What a run of the command left behind. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `flambeau` command in a process of its own, as a user does. */
export function flambeau(args: readonly string[]): Promise<CommandResult> {
  const { bin } = JSON.parse(readFileSync(`${cli}package.json`, "utf8")) as { bin: { flambeau: string } };
  if (!existsSync(`${cli}dist`))
    throw new Error("the command is not built: run npm test, or npm run build first");
  return new Promise((resolve) => {
    const options = { maxBuffer: 1 << 28, encoding: "utf8" } as const;
    execFile(process.execPath, [`${cli}${bin.flambeau}`, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
