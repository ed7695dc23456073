import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The tests of the command run what users run: the build. It is quick when nothing has changed. */
export default function setup(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync(process.execPath, ["scripts/build.mjs", "--no-types"], { cwd: root, stdio: "inherit" });
  // The server is not part of the command's bundle.
  const compiler = "node_modules/typescript/bin/tsc";
  execFileSync(process.execPath, [compiler, "-b", "packages/server"], { cwd: root, stdio: "inherit" });
}
