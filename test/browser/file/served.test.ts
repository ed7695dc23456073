import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  asked,
  builtPages,
  describeFiles,
  EXAMPLE,
  folder,
  open,
  page,
  serveViewer,
  shownGraph,
  table,
  write,
} from "./file.ts";

describeFiles("flambeau FILE in a browser", () => {
  test("shows the file, read by the page's Worker, and nothing but the server is asked", async () => {
    const { url } = await serveViewer(EXAMPLE);
    await open(url, { online: true });
    expect((await shownGraph()).length).toBeGreaterThan(1000);
    expect(page.workers()).toHaveLength(1);
    expect(asked().every((one) => one.startsWith(url))).toBe(true);
    expect(asked()).toContain(`${url}profile/0`);
  });

  test("exports a page of its own that opens without the server", async () => {
    const { url } = await serveViewer(EXAMPLE);
    await open(url, { online: true });
    const first = await shownGraph();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await page.getByRole("button", { name: "HTML, the whole viewer" }).click();
    await (await download).saveAs(`${folder}/served.html`);
    await page.context().close();
    await open(`${folder}/served.html`);
    expect(await shownGraph()).toEqual(first);
  });

  test("names that the command line gives are text", async () => {
    const { url } = await serveViewer(write('"><script>globalThis.hacked=1<⁄script>.folded', "<b>;b 3\n"));
    await open(url, { online: true });
    expect((await shownGraph()).total).toBe(3);
    expect((await table()).join()).toContain("<b>");
    expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
  });

  test("the page stays usable when the command has ended", async () => {
    const { url, child } = await serveViewer(write("a.folded", "a;b 1\na;c 2\n"));
    await open(url, { online: true });
    await shownGraph();
    child.kill("SIGINT");
    await once(child, "exit");
    expect((await table()).length).toBeGreaterThan(3);
  });

  test("--once ends the command when the page is closed, not when it is loaded again", async () => {
    const { url, child } = await serveViewer(write("a.folded", "a;b 1\n"), "--once");
    await open(url, { online: true });
    await shownGraph();
    await page.reload();
    await shownGraph();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(child.exitCode).toBeNull();
    const ended = once(child, "exit");
    await page.context().close();
    expect((await ended)[0]).toBe(0);
  });
});

/** Any static file server: no headers of ours. */
function hostFolder(files: ReadonlyMap<string, string>): Promise<Server> {
  const types = new Map([
    ["html", "text/html"],
    ["js", "text/javascript"],
  ]);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.replace("/some/where/", "");
    const name = path === "" ? "index.html" : path;
    const own = files.get(name);
    if (own === undefined && !existsSync(join(builtPages, name))) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", types.get(name.split(".").at(-1)!) ?? "application/octet-stream");
    response.end(own ?? readFileSync(join(builtPages, name)));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

describeFiles("the viewer as a static site", () => {
  test("works from any folder of any server, and reads ?url=", async () => {
    const server = await hostFolder(new Map([["data.folded", "a;b 4\n"]]));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`;
    try {
      await open(`${base}?url=data.folded`, { online: true });
      expect((await shownGraph()).total).toBe(4);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
