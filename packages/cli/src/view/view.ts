import { createReadStream } from "node:fs";
import { detect, flambeauWriter, MemorySink, Notes } from "@flambeau/core";
import { unpackers } from "@flambeau/core/wrappers";
import { canOpenBrowser, openInBrowser } from "../io/browser.ts";
import { gunzip } from "../io/gunzip.ts";
import { openOutput } from "../io/sink.ts";
import { openInput } from "../io/source.ts";
import { nameOfFile } from "../names.ts";
import { say } from "../report/terminal.ts";
import type { NamedProfile } from "./packed.ts";
import { type ServedProfile, serveView } from "./server.ts";

/** How a view is offered. */
export interface ViewValues {
  readonly open?: boolean;
  readonly port?: number;
  readonly once?: true;
}

/**
 * True where somebody is there to look: a terminal, a browser, or options that say so. A script without either would
 * wait for ever.
 */
export function canView({ open, port, once }: ViewValues): boolean {
  return (
    open !== undefined || port !== undefined || once === true || process.stdout.isTTY || canOpenBrowser()
  );
}

/** Layers that a browser cannot take off by itself: such files are read here. */
const HERE_ONLY: ReadonlySet<string> = new Set(["zstd", "zip"]);

/** The file as it is, for the browser to read; undefined where it can be read only once (a pipe), or only here. */
export async function servedFile(path: string): Promise<ServedProfile | undefined> {
  if (path === "-") return undefined;
  const source = openInput(path);
  try {
    if (source.path === undefined || source.size === undefined) return undefined;
    // What nobody can read ends here, with a message in the terminal.
    const { wrappers } = await detect(source, new Notes(), { gunzip, unpackers });
    if (wrappers.some((name) => HERE_ONLY.has(name))) return undefined;
    const { size } = source;
    return {
      name: nameOfFile(path),
      size,
      open: () => createReadStream(path, { end: size - 1, highWaterMark: 1 << 20 }),
    };
  } finally {
    source.close();
  }
}

/** A profile that this process has read, for the browser. */
export async function servedProfile({ name, profile }: NamedProfile): Promise<ServedProfile> {
  const sink = new MemorySink();
  await flambeauWriter.write(profile, sink, {});
  const bytes = sink.bytes();
  return {
    name,
    size: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += 1 << 20) yield bytes.subarray(at, at + (1 << 20));
    },
  };
}

/** Who came by SSH has the browser elsewhere. */
function tunnelHint(url: string): string {
  if (process.env.SSH_CONNECTION === undefined) return "";
  const { port } = new URL(url);
  return ` On the one that you came from: ssh -L ${port}:127.0.0.1:${port} HOST`;
}

/** Serves the viewer until it is told to end, and opens it in the browser; `first` is what it shows first. */
export async function view(
  profiles: readonly ServedProfile[],
  values: ViewValues,
  first?: string,
): Promise<void> {
  const { port = 0, once = false } = values;
  const server = await serveView(profiles, { port, once, view: first });
  const stop = (): void => server.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  await openOutput("-").write(new TextEncoder().encode(`${server.url}\n`));
  const wanted = values.open ?? canOpenBrowser();
  const opened = wanted && (await openInBrowser(server.url));
  if (!opened) say(`flambeau: open this address in a browser on this machine.${tunnelHint(server.url)}`);
  say(
    values.once === true
      ? "flambeau: ends when the page is closed, or with Ctrl-C."
      : "flambeau: Ctrl-C ends it; the open page stays usable.",
  );
  await server.ended;
}
