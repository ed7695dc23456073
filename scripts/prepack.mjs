// Before `npm pack` and `npm publish` of a package: what it runs is built, and the licence comes along from the root of
// the repository; with the command the README, too.
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root, stdio: ["ignore", 2, 2] });
const own = process.cwd();
for (const name of basename(own) === "cli" ? ["LICENSE", "README.md"] : ["LICENSE"]) {
  copyFileSync(join(root, name), join(own, name));
}
