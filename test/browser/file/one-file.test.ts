import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readProfile, sourceOfBytes, totalsOf } from "../../../packages/core/src/index.ts";
import { seeded } from "../../support/reading.ts";
import {
  asked,
  builtPages,
  describeFiles,
  EXAMPLE,
  flambeau,
  folder,
  open,
  page,
  shownGraph,
  table,
  takeBreaches,
  takeProblems,
  write,
} from "./file.ts";

const SMALL = `main;parse;lex 30
main;parse;malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10
`;

/** Weights of the default value type, by name of the function that they end in. */
async function selfWeights(path: string): Promise<{ total: number; top: string }> {
  const file = readFileSync(path);
  const profile = await readProfile(sourceOfBytes(file[0] === 0x1f ? gunzipSync(file) : file));
  const type = profile.meta.defaultValueType;
  const self = new Map<string, number>();
  profile.samples.stack.forEach((leaf, row) => {
    const name = profile.strings.get(profile.frames.name[profile.stacks.frame[leaf]!]!);
    self.set(name, (self.get(name) ?? 0) + profile.samples.weights[type]![row]!);
  });
  const [top] = [...self].sort((a, b) => b[1] - a[1])[0]!;
  return { total: totalsOf(profile)[type]!, top };
}

describeFiles("the viewer and a profile in one file, from file:// without a network", () => {
  test("opens, asks for nothing, and shows the numbers of the profile", async () => {
    flambeau(EXAMPLE, "-o", "example.html");
    await open(`${folder}/example.html`);
    const { total, top } = await selfWeights(EXAMPLE);
    expect((await shownGraph()).total).toBe(total);
    expect((await table())[1]).toContain(top);
    expect(asked().filter((url) => !url.startsWith("blob:"))).toHaveLength(1);
    expect(page.workers()).toHaveLength(1);
  });

  test("weights of a small profile, exactly", async () => {
    flambeau(write("small.folded", SMALL), "-o", "small.html");
    await open(`${folder}/small.html`);
    expect(await shownGraph()).toEqual({ length: 9, total: 100 });
    const rows = (await table()).slice(1);
    expect(rows.find((row) => row.includes("loop"))).toMatch(/\b30\b.*\b50\b/);
    expect(rows.find((row) => row.includes("malloc"))).toMatch(/\b30\b.*\b30\b/);
  });

  test("several profiles, and a comparison", async () => {
    const a = write("a.folded", SMALL);
    const b = write("b.folded", `${SMALL}other 900\n`);
    flambeau(a, b, "-o", "both.html");
    await open(`${folder}/both.html`);
    await shownGraph();
    await page.getByText("b.folded").first().waitFor();
    await page.context().close();
    flambeau("diff", a, b, "-o", "diff.html");
    await open(`${folder}/diff.html`);
    await page.getByText("a.folded → b.folded").first().waitFor();
    await page.getByRole("button", { name: "Changes", exact: true }).click();
    await page.getByRole("gridcell", { name: "other" }).waitFor();
  });

  test("the policy lets nothing else run, and no request out", async () => {
    flambeau(write("small.folded", SMALL), "-o", "small.html");
    await open(`${folder}/small.html`);
    await shownGraph();
    const refused = await page.evaluate(async () => {
      const results: Record<string, boolean> = {};
      const refuses = async (name: string, attempt: () => unknown): Promise<void> => {
        // In a task of the page's own: what a debugger calls may do more.
        await new Promise((done) => setTimeout(done));
        try {
          await attempt();
          results[name] = false;
        } catch {
          results[name] = true;
        }
      };
      await refuses("code from text", () => new Function("return 1")());
      await refuses("fetch", () => fetch("https://example.com/"));
      await refuses("innerHTML", () => {
        document.createElement("div").innerHTML = "<b>x</b>";
      });
      const script = document.createElement("script");
      await refuses("script", () => {
        script.text = "globalThis.ran = true";
        document.body.append(script);
        if (!("ran" in globalThis)) throw new Error("it did not run");
      });
      await refuses("handler", () =>
        document.createElement("p").setAttribute("onclick", "globalThis.clicked = true"),
      );
      return results;
    });
    expect(refused).toEqual({
      "code from text": true,
      fetch: true,
      innerHTML: true,
      script: true,
      handler: true,
    });
    expect(await takeBreaches()).toHaveLength(5);
    takeProblems();
  });

  test("hostile names are text", async () => {
    const names = [
      "</script><script>globalThis.hacked=1</script>",
      "<img src=x onerror=globalThis.hacked=1>",
      "--><svg onload=globalThis.hacked=1>",
      "__proto__",
      "constructor",
      "javascript:globalThis.hacked=1",
      "\u202egnp.exe",
      "&lt",
      '"onmouseover="globalThis.hacked=1',
    ];
    const folded = names.map((name, i) => `${name};leaf ${i + 1}\n`).join("");
    flambeau(write("--><script>globalThis.hacked=1<⁄script>.folded", folded), "-o", "hostile.html");
    await open(`${folder}/hostile.html`);
    expect((await shownGraph()).total).toBe(45);
    const rows = (await table()).join("\n");
    for (const name of ["</script><script>", "<img src=x", "__proto__", "&lt"]) expect(rows).toContain(name);
    await page.mouse.move(300, 400);
    expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
    expect(await page.title()).not.toBe("");
  });

  test("reads on the main thread where the browser refuses a Worker", async () => {
    flambeau(EXAMPLE, "-o", "example.html");
    const refuse = (): void => {
      globalThis.Worker = class {
        constructor() {
          throw new DOMException("no workers here", "SecurityError");
        }
      } as unknown as typeof Worker;
    };
    await open(`${folder}/example.html`, { before: refuse });
    expect((await shownGraph()).total).toBe((await selfWeights(EXAMPLE)).total);
    expect(page.workers()).toHaveLength(0);
  });

  test("a profile in many parts", async () => {
    const random = seeded(4);
    const lines = Array.from({ length: 80_000 }, () => {
      const frames = Array.from({ length: 8 }, () => `function_${Math.floor(random() * 1e9).toString(36)}`);
      return `${frames.join(";")} 1\n`;
    });
    flambeau(write("many.folded", lines.join("")), "-o", "many.html");
    expect(readFileSync(`${folder}/many.html`, "latin1").split("<script type=").length).toBeGreaterThan(4);
    await open(`${folder}/many.html`);
    expect((await shownGraph()).total).toBe(80_000);
    expect(await page.locator('script[type="text/x-flambeau-profile"]').count()).toBe(0);
  });

  test("damaged data is said, not shown", async () => {
    flambeau(write("small.folded", SMALL), "-o", "small.html");
    const html = readFileSync(`${folder}/small.html`, "latin1");
    const broken = html.replace(
      /(data-name="[^"]*">)[^<]{40}/,
      (_, start: string) => `${start}${"A".repeat(40)}`,
    );
    write("broken.html", broken);
    await open(`${folder}/broken.html`);
    await page.getByText("small.folded was not opened").first().waitFor();
  });

  test("exports itself: the file opens again, and shows the same", async () => {
    flambeau(EXAMPLE, "-o", "example.html");
    await open(`${folder}/example.html`);
    const first = await shownGraph();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await page.getByRole("button", { name: "HTML, the whole viewer" }).click();
    await (await download).saveAs(`${folder}/again.html`);
    await page.context().close();
    await open(`${folder}/again.html`);
    expect(await shownGraph()).toEqual(first);
    const script = (html: string): string => html.slice(html.indexOf("<script"), html.indexOf("</script>"));
    const [one, other] = ["example", "again"].map((name) => readFileSync(`${folder}/${name}.html`, "utf8"));
    expect(script(other!)).toBe(script(one!));
  });

  test("the viewer without a profile opens any, too", async () => {
    await open(`${builtPages}viewer.html`);
    await page.locator('input[type="file"]').first().setInputFiles(EXAMPLE);
    expect((await shownGraph()).total).toBe((await selfWeights(EXAMPLE)).total);
  });

  test("a page that carries a profile takes at most 150 kB of gzip for itself", () => {
    const template = readFileSync(`${builtPages}template.html`);
    const { length } = gzipSync(template, { level: 9 });
    expect(length).toBeLessThanOrEqual(150_000);
    expect(length).toBeGreaterThan(50_000);
  });
});
