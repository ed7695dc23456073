import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get, type IncomingMessage, request } from "node:http";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterEach, describe, expect, it } from "vitest";
import { type Profile, readProfile, sourceOfBytes } from "../../packages/core/src/index.ts";
import { foldedOf } from "../support/letters.ts";
import { bin, flambeau, refuse, scratch, succeed } from "./run.ts";

const dir = scratch();
const GO_CPU = fileURLToPath(new URL("../../fixtures/pprof/go-cpu.pb.gz", import.meta.url));
const GO_HEAP = fileURLToPath(new URL("../../fixtures/pprof/go-heap.pb.gz", import.meta.url));

interface Served {
  readonly url: URL;
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;
}

const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** Starts `flambeau ARGS` and waits until it says where the viewer is. */
async function serve(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  const exit = once(child, "exit");
  let told = "";
  child.stderr.on("data", (data: Buffer) => {
    told += data;
  });
  const line = await new Promise<string>((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (data: Buffer) => {
      out += data;
      if (out.includes("\n")) resolve(out.trim());
    });
    child.once("exit", () => reject(new Error(`it ended: ${told}`)));
  });
  return { url: new URL(line), child, exit };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** A request with these very words: no client tidies the path. */
function ask(url: URL, path: string, options: { method?: string; host?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", host = url.host } = options;
    const headers = { host };
    const sent = request({ host: url.hostname, port: url.port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("flambeau FILE: the viewer's server", () => {
  it("hands out the page, its parts, and the file as it is", async () => {
    const { url } = await serve(GO_CPU, "--no-open");
    expect(url.hostname).toBe("127.0.0.1");
    const base = url.pathname;
    expect(base).toMatch(/^\/[\w-]{24}\/$/);
    const page = await ask(url, base);
    expect(page).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    const html = page.body.toString();
    expect(html).toContain('name="flambeau-sources" content="[{&quot;name&quot;:&quot;go-cpu.pb.gz&quot;');
    expect(html).toContain("default-src 'none'");
    const script = /<script type="module" src="([^"]+)"/.exec(html)![1]!;
    expect(await ask(url, base + script)).toMatchObject({
      status: 200,
      headers: { "content-type": "text/javascript; charset=utf-8", "x-content-type-options": "nosniff" },
    });
    const file = await ask(url, `${base}profile/0`);
    expect(file.body.equals(readFileSync(GO_CPU))).toBe(true);
    expect(file.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("HEAD gives the same head without a body", async () => {
    const { url } = await serve(GO_CPU, "--no-open");
    const head = await ask(url, `${url.pathname}profile/0`, { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(Number(head.headers["content-length"])).toBe(readFileSync(GO_CPU).length);
    expect((await ask(url, url.pathname, { method: "HEAD" })).body.length).toBe(0);
  });

  it("refuses who does not know the path, who comes by another name, and everything that is not named", async () => {
    const { url } = await serve(GO_CPU, "--no-open");
    const base = url.pathname;
    for (const path of ["/", "/profile/0", "/index.html", base.slice(0, -1), `/x${base}`, "/favicon.ico"])
      expect([path, (await ask(url, path)).status]).toEqual([path, 404]);
    for (const host of [
      "evil.example",
      `evil.example:${url.port}`,
      "127.0.0.1",
      `127.0.0.1.evil.example:${url.port}`,
    ])
      expect([host, (await ask(url, base, { host })).status]).toEqual([host, 403]);
    expect((await ask(url, base, { host: `localhost:${url.port}` })).status).toBe(200);
    const outside = [
      "../main.js",
      "..%2fmain.js",
      "%2e%2e/main.js",
      "../../package.json",
      "profile/1",
      "profile/-1",
      "profile/00",
      "profile/0/../../main.js",
      "profile/0%00",
      "/etc/passwd",
      ".",
      "..",
      "alive",
      "toString",
    ];
    for (const path of outside) expect([path, (await ask(url, base + path)).status]).toEqual([path, 404]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect([method, (await ask(url, `${base}profile/0`, { method })).status]).toEqual([method, 405]);
  });

  it("several files are several profiles; filters and pipes are read here first", async () => {
    const two = await serve(GO_CPU, GO_HEAP, "--no-open");
    const heap = await ask(two.url, `${two.url.pathname}profile/1`);
    expect(heap.body.equals(readFileSync(GO_HEAP))).toBe(true);
    const zipped = dir.file("z.zip", zipSync({ "a.folded": new TextEncoder().encode("a;b 7\n") }));
    const unpacked = await serve(zipped, "--no-open");
    const inside = await ask(unpacked.url, `${unpacked.url.pathname}profile/0`);
    expect(foldedOf(await readProfile(sourceOfBytes(inside.body)))).toEqual(["a;b 7"]);
    const folded = dir.file("f.folded", "a;b 1\na;c 2\n");
    const filtered = await serve(folded, "--focus", "c", "--no-open");
    const { body } = await ask(filtered.url, `${filtered.url.pathname}profile/0`);
    expect(foldedOf(await readProfile(sourceOfBytes(body)))).toEqual(["a;c 2"]);
  });

  it("a comparison is served, too", async () => {
    const a = dir.file("a.folded", "x;y 1\n");
    const b = dir.file("b.folded", "x;y 3\n");
    const { url } = await serve("diff", a, b, "--no-open");
    const sides = await Promise.all([0, 1].map((i) => ask(url, `${url.pathname}profile/${i}`)));
    const [before, after] = await Promise.all(sides.map(({ body }) => readProfile(sourceOfBytes(body))));
    expect([foldedOf(before!), foldedOf(after!)]).toEqual([["x;y 1"], ["x;y 3"]]);
    const page = (await ask(url, url.pathname)).body.toString();
    expect(page).toContain('<meta name="flambeau-view" content="profile=1&amp;base=0">');
  });

  it("ends with an interrupt, and keeps to the port it was given", async () => {
    const { url, child, exit } = await serve(GO_CPU, "--no-open");
    const taken = await refuse([GO_CPU, "--no-open", "--port", url.port]);
    expect(taken.stderr).toContain(`port ${url.port}: it is in use`);
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
    const again = await serve(GO_CPU, "--no-open", "--port", url.port);
    expect(again.url.port).toBe(url.port);
  });

  it("--once: ends when the page's connection has been closed for a while", async () => {
    const { url, exit } = await serve(GO_CPU, "--no-open", "--once");
    expect((await ask(url, url.pathname)).body.toString()).toContain('name="flambeau-alive"');
    const open = (): Promise<IncomingMessage> =>
      new Promise((resolve) => {
        get(new URL("alive", url), resolve);
      });
    const first = await open();
    // A reload: the next connection is there before the wait is over.
    first.destroy();
    const second = await open();
    second.destroy();
    expect(await exit).toEqual([0, null]);
  });

  it("says at once what it cannot read", async () => {
    await refuse([dir.file("x.txt", "hello"), "--no-open"]);
    expect((await refuse([GO_CPU, "--port", "70000"])).stderr).toContain("no port");
    await refuse([`${dir.path}/absent`, "--no-open"]);
    expect((await refuse([dir.path, "--no-open"])).stderr).toContain("is a directory");
  });
});

/** The profiles in a self-contained page, unpacked and read. */
async function profilesIn(html: string): Promise<{ name: string; profile: Profile }[]> {
  const found: { name: string; parts: Buffer[] }[] = [];
  for (const [, name, text] of html.matchAll(
    /<script type="text\/x-flambeau-profile"(?: data-name="([^"]*)")?>([^<]*)<\/script>/g,
  )) {
    if (name !== undefined) found.push({ name, parts: [] });
    found.at(-1)!.parts.push(Buffer.from(text!, "base64"));
  }
  return Promise.all(
    found.map(async ({ name, parts }) => ({
      name,
      profile: await readProfile(sourceOfBytes(gunzipSync(Buffer.concat(parts)))),
    })),
  );
}

describe("the viewer and its profile in one file", () => {
  const read = async (path: string): Promise<Profile> => {
    const bytes = readFileSync(path);
    return readProfile(sourceOfBytes(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
  };

  it("holds what the command read, each file for itself", async () => {
    const out = `${dir.path}/two.html`;
    await succeed([GO_CPU, GO_HEAP, "-o", out]);
    const [cpu, heap] = await profilesIn(readFileSync(out, "utf8"));
    expect([cpu!.name, heap!.name]).toEqual(["go-cpu.pb.gz", "go-heap.pb.gz"]);
    expect(foldedOf(cpu!.profile)).toEqual(foldedOf(await read(GO_CPU)));
    expect(heap!.profile.valueTypes).toEqual((await read(GO_HEAP)).valueTypes);
  });

  it("holds filtered, merged and compared profiles, from every command", async () => {
    const a = dir.file("m.folded", "x;y 1\nz 5\n");
    const b = dir.file("n.folded", "x;y 2\n");
    const out = `${dir.path}/m.html`;
    const written = async (...args: string[]): Promise<Profile[]> => {
      await succeed([...args, "-o", out]);
      return (await profilesIn(readFileSync(out, "utf8"))).map(({ profile }) => profile);
    };
    expect((await written(a, "--focus", "y")).map((one) => foldedOf(one))).toEqual([["x;y 1"]]);
    expect((await written(a, b, "--separate")).map((one) => foldedOf(one))).toEqual([
      ["m.folded;x;y 1", "m.folded;z 5", "n.folded;x;y 2"],
    ]);
    expect((await written("graph", a, b)).map((one) => foldedOf(one))).toEqual([["x;y 3", "z 5"]]);
    expect((await written("diff", "-n", a, b)).map((one) => foldedOf(one))).toEqual([
      ["x;y 1", "z 5"],
      ["x;y 2"],
    ]);
    expect(readFileSync(out, "utf8")).toContain('content="profile=1&amp;base=0&amp;normalize=true"');
    const [compared] = await written("diff", "--strip-hex", a, b);
    expect(compared!.meta.differential).toBeDefined();
    const { stdout } = await succeed([a, "--to", "html", "-o", "-"]);
    expect(await profilesIn(stdout)).toHaveLength(1);
  });

  it("is an input of every command, too", async () => {
    const a = dir.file("again.folded", "x;y 1\nz 5\n");
    const out = `${dir.path}/again.html`;
    await succeed([a, "-o", out]);
    expect((await succeed(["fold", out])).stdout).toBe("x;y 1\nz 5\n");
    const { url } = await serve(out, "--no-open");
    const { body } = await ask(url, `${url.pathname}profile/0`);
    expect(body.equals(readFileSync(out))).toBe(true);
  });

  it("without anybody to look, a temporary page is written, and its place said", async () => {
    const { stdout } = await flambeau([GO_CPU], { env: { TMPDIR: dir.path } });
    expect(stdout.trim()).toMatch(/go-cpu\.pb\.gz\.html$/);
    expect(await profilesIn(readFileSync(stdout.trim(), "utf8"))).toHaveLength(1);
  });

  it("shows hostile file names as text", async () => {
    const hostile = dir.file('"><script>alert(1)<\u2044script>.folded', "a 1\n");
    await succeed([hostile, "-o", `${dir.path}/hostile.html`]);
    expect(readFileSync(`${dir.path}/hostile.html`, "utf8")).not.toContain("<script>alert");
  });
});
