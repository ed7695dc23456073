// Compiles the kernel's AssemblyScript to WebAssembly and puts it, as base64, into a generated TypeScript
// module: core runs anywhere and can load no file.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "packages/core/src/kernel/assembly");
const binary = join(root, "packages/core/src/generated/kernel.wasm");
const module = join(root, "packages/core/src/generated/kernel-wasm.ts");

function isFresh() {
  try {
    const made = statSync(module).mtimeMs;
    const newest = Math.max(...readdirSync(sources).map((name) => statSync(join(sources, name)).mtimeMs));
    return made > newest && made > statSync(fileURLToPath(import.meta.url)).mtimeMs;
  } catch {
    return false;
  }
}

if (!isFresh()) {
  mkdirSync(dirname(binary), { recursive: true });
  const require = createRequire(import.meta.url);
  const asc = join(dirname(require.resolve("assemblyscript/package.json")), "bin/asc.js");
  const options =
    "--runtime stub -O3 --converge --enable simd --enable bulk-memory --noAssert --maximumMemory 65536 --disableWarning 201";
  const run = spawnSync(
    process.execPath,
    [asc, join(sources, "index.ts"), "-o", binary, ...options.split(" ")],
    { stdio: "inherit", cwd: root },
  );
  if (run.status !== 0) process.exit(run.status ?? 1);
  const base64 = readFileSync(binary).toString("base64");
  writeFileSync(
    module,
    `// Made by scripts/build-kernel.mjs from kernel/assembly: do not edit.\nexport const kernelWasm: string =\n  "${base64}";\n`,
  );
}
