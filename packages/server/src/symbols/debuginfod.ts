/** Larger files of debug information are not fetched. */
const MOST_BYTES = 2 ** 30;
const HEAD = 64 << 10;
const PATIENCE = 90_000;
/** What was not there is asked for again after this time. */
const FORGET = 6 * 3_600_000;

/**
 * Asks debuginfod servers for the debug information of a binary, else for the binary itself.
 * Source of the protocol: debuginfod(8) of elfutils.
 */
export class Debuginfod {
  readonly #servers: readonly string[];
  /** Build id → when it was last looked for in vain. */
  readonly #missing = new Map<string, number>();

  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  get enabled(): boolean {
    return this.#servers.length > 0;
  }

  /**
   * The file, or undefined where no server has it.
   * @throws Error where a server cannot be reached or answers with a fault: it is asked again next time
   */
  async fetch(buildId: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (!/^[0-9a-f]{2,128}$/.test(buildId)) return undefined;
    if (Date.now() - (this.#missing.get(buildId) ?? Number.NEGATIVE_INFINITY) < FORGET) return undefined;
    for (const server of this.#servers) {
      for (const what of ["debuginfo", "executable"]) {
        const file = await fetchFile(url(server, buildId, what), signal);
        if (file !== undefined) return file;
      }
    }
    this.#forgetMost();
    this.#missing.set(buildId, Date.now());
    return undefined;
  }

  /** The first 64 KiB of the binary itself, or undefined where no server has it. */
  async head(buildId: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (const server of this.#servers) {
      const file = await fetchFile(url(server, buildId, "executable"), signal, HEAD);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  #forgetMost(): void {
    if (this.#missing.size > 100_000) this.#missing.clear();
  }
}

function url(server: string, buildId: string, what: string): string {
  return `${server.replace(/\/+$/, "")}/buildid/${buildId}/${what}`;
}

/** `most`: bytes after which the rest is left where it is. */
async function fetchFile(
  url: string,
  signal: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array | undefined> {
  const answer = await fetch(url, {
    headers: { "user-agent": "flambeau" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  });
  if (answer.status === 404) {
    await answer.body?.cancel();
    return undefined;
  }
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    throw new Error(`${url} answered ${answer.status}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new Error(`${url} is larger than ${MOST_BYTES} bytes`);
    parts.push(part);
    if (bytes >= most) break;
  }
  return Buffer.concat(parts);
}
