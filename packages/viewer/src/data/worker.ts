import type { Port } from "./rpc.ts";
import { serveData } from "./serve.ts";

/** The Worker's entry: everything that reads and computes runs here, away from the page. */
serveData(globalThis as unknown as Port);
