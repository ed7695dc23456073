import { DataClient } from "../../packages/viewer/src/data/client.ts";
import type { ProfileInfo } from "../../packages/viewer/src/data/profile-info.ts";
import type { Port } from "../../packages/viewer/src/data/rpc.ts";
import { serveData } from "../../packages/viewer/src/data/serve.ts";
import type { DataSpec } from "../../packages/viewer/src/data/spec.ts";

/** A client and the worker's side of it, with a real channel between them: messages are cloned and handed over. */
export class LocalData {
  readonly client: DataClient;
  readonly #channel = new MessageChannel();

  constructor() {
    const { port1, port2 } = this.#channel;
    serveData(port2 as unknown as Port);
    this.client = new DataClient(port1 as unknown as Port);
    port1.start();
    port2.start();
  }

  /** Reads a text (or bytes) as a file of that name would be. */
  open(content: string | Uint8Array<ArrayBuffer>, name = "input"): Promise<ProfileInfo> {
    return this.client.call("open", { input: { blob: new Blob([content]), name } });
  }

  close(): void {
    this.#channel.port1.close();
  }
}

/** The spec that the page starts with. */
export function specOf(profile: number, more: Partial<DataSpec> = {}): DataSpec {
  return { head: { profile }, filters: [], groupBy: "function", threads: "merged", ...more };
}

/** A perf script of samples: `thread@seconds a;b;c`, outermost first. */
export function perfScript(samples: readonly string[]): string {
  return samples
    .map((sample) => {
      const [where = "", stack = ""] = sample.split(" ");
      const [thread = "", time = ""] = where.split("@");
      const [name = "", tid = "1"] = thread.split("/");
      const frames = stack.split(";").reverse();
      const lines = frames.map((frame, i) => `\t    ${(0x1000 + i * 16).toString(16)} ${frame} (/opt/app)`);
      const at = Number(time).toFixed(6);
      return `${name} 700/70${tid} [000] ${at}:         10 cycles:\n${lines.join("\n")}\n`;
    })
    .join("\n");
}
