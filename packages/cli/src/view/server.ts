import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { FlambeauError } from "@flambeau/core";
import { escaped, viewElement } from "@flambeau/viewer/embed";
import { codeOf } from "../io/source.ts";
import { hasPageFile, pageFile } from "./page-files.ts";

/** A profile that the page may read: the file itself, or what a command made of it. */
export interface ServedProfile {
  readonly name: string;
  /** Bytes in all, where known. */
  readonly size?: number | undefined;
  open(): AsyncIterable<Uint8Array>;
}

export interface ViewServer {
  /** The page's address; who does not know it cannot read anything. */
  readonly url: string;
  /** Resolves when the server has ended. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface ViewOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Ends the server when the page has been closed. */
  readonly once: boolean;
  /** What the page shows first: the part of its address behind `#`. */
  readonly view?: string | undefined;
}

/** A reload closes the page for a moment: only after this long, in milliseconds, nobody is there any more. */
const GONE_MS = 2000;

const TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
]);

/**
 * Serves the viewer and these profiles, to this machine only. Three things keep other pages in the same browser
 * out: a random path, a check of the Host header (against names that are pointed at 127.0.0.1), and no CORS.
 */
export async function serveView(
  profiles: readonly ServedProfile[],
  options: ViewOptions,
): Promise<ViewServer> {
  const token = randomBytes(18).toString("base64url");
  const view = new View(profiles, `/${token}/`, options);
  const server = createServer((request, response) => void view.answer(request, response));
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  view.hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const ended = new Promise<void>((resolve) => server.once("close", resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  view.onGone = close;
  return { url: `http://127.0.0.1:${port}/${token}/`, ended, close };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const inUse = codeOf(error) === "EADDRINUSE";
      const reason = inUse ? "it is in use" : error.message;
      reject(
        new FlambeauError("io", `cannot listen on port ${port}: ${reason}`, {
          hint: "Choose another --port, or leave it out.",
          cause: error,
        }),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

/** What is answered to whom. */
class View {
  readonly #profiles: readonly ServedProfile[];
  readonly #base: string;
  readonly #once: boolean;
  readonly #view: string;
  hosts: ReadonlySet<string> = new Set();
  onGone: () => void = () => {};
  #open = 0;
  #gone: NodeJS.Timeout | undefined;

  constructor(profiles: readonly ServedProfile[], base: string, { once, view }: ViewOptions) {
    this.#profiles = profiles;
    this.#base = base;
    this.#once = once;
    this.#view = viewElement(view ?? "");
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    response.setHeader("cross-origin-resource-policy", "same-origin");
    response.setHeader("x-frame-options", "DENY");
    if (!this.hosts.has(request.headers.host ?? "")) return refuse(response, 403);
    const path = (request.url ?? "").replace(/[?#].*$/, "");
    if (!path.startsWith(this.#base)) return refuse(response, 404);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return refuse(response, 405);
    }
    const name = path.slice(this.#base.length);
    const head = request.method === "HEAD";
    const profile = /^profile\/(0|[1-9]\d{0,5})$/.exec(name)?.[1];
    if (profile !== undefined) return this.#profile(Number(profile), head, response);
    if (name === "alive" && this.#once && !head) return this.#alive(response);
    return this.#page(name === "" ? "index.html" : name, head, response);
  }

  #page(name: string, head: boolean, response: ServerResponse): void {
    if (!hasPageFile(name)) {
      refuse(response, 404);
      return;
    }
    const file = pageFile(name);
    const body = name === "index.html" ? Buffer.from(this.#withSources(file.toString("utf8"))) : file;
    response.setHeader("content-type", TYPES.get(name.split(".").at(-1)!) ?? "application/octet-stream");
    response.setHeader("content-length", body.length);
    if (name === "index.html")
      response.setHeader("content-security-policy", "connect-src 'self'; frame-ancestors 'none'");
    response.end(head ? undefined : body);
  }

  /** The page reads from a meta element which profiles there are. */
  #withSources(html: string): string {
    const list = this.#profiles.map(({ name }, i) => ({ name, url: `profile/${i}` }));
    const alive = this.#once ? '\n<meta name="flambeau-alive" content="alive">' : "";
    const meta = `<meta name="flambeau-sources" content="${escaped(JSON.stringify(list))}">${alive}`;
    return html.replace("</head>", () => `${meta}\n${this.#view}</head>`);
  }

  async #profile(index: number, head: boolean, response: ServerResponse): Promise<void> {
    const profile = this.#profiles[index];
    if (profile === undefined) return refuse(response, 404);
    response.setHeader("content-type", "application/octet-stream");
    if (profile.size !== undefined) response.setHeader("content-length", profile.size);
    if (head) {
      response.end();
      return;
    }
    try {
      await pipeline(profile.open(), response);
    } catch {
      // The browser went away, or the file changed while it was read: the page says that it broke off.
      response.destroy();
    }
  }

  /** A connection that stays open as long as the page does. */
  #alive(response: ServerResponse): void {
    clearTimeout(this.#gone);
    this.#open++;
    response.setHeader("content-type", "text/event-stream");
    response.write(":\n\n");
    response.once("close", () => {
      if (--this.#open === 0) this.#gone = setTimeout(this.onGone, GONE_MS);
    });
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain");
  response.end(`${status}\n`);
}
