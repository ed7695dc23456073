import type { Scanner, ScanTask } from "./kernel.ts";
import { plainScanner } from "./plain/scanner.ts";
import { haveWasm, wasmScanner } from "./wasm.ts";

/** The fastest scanner that this host can run; `plain` asks for the TypeScript one. */
export function createScanner(task: ScanTask, plain: boolean = false): Scanner {
  return plain || !haveWasm() ? plainScanner(task) : wasmScanner(task);
}
