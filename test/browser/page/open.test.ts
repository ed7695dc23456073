import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { corpusFiles, corpusRoot, haveCorpus } from "../../support/corpus.ts";
import {
  describePage,
  drop,
  graphRows,
  openFolded,
  openViewer,
  page,
  pick,
  press,
  SMALL,
  served,
  settled,
  takeProblems,
} from "./page.ts";

const ROWS = [
  ["all 100"],
  ["main 100"],
  ["parse 40", "run 60"],
  ["lex 30", "malloc 10", "exit 10", "loop 50"],
  ["malloc 20"],
];

async function opened(): Promise<string[][]> {
  await page.waitForSelector(".status span");
  await settled();
  return graphRows();
}

describePage("opening profiles", () => {
  test("a file that is dropped is read and shown", async () => {
    await openViewer();
    await drop({ name: "small.folded", text: SMALL });
    expect(await opened()).toEqual(ROWS);
    expect(await page.getByText("100 samples in 5 rows").isVisible()).toBe(true);
  });

  test("a gzipped file from the file picker", async () => {
    await openViewer();
    await pick({ name: "small.folded.gz", data: gzipSync(SMALL) });
    expect(await opened()).toEqual(ROWS);
  });

  test("?url= names what to open", async () => {
    served.set("/data/small.folded", SMALL);
    await openViewer({ query: "?url=data/small.folded" });
    expect(await opened()).toEqual(ROWS);
    expect(await page.getByRole("button", { name: /^Profiles/ }).innerText()).toBe("small.folded");
  });

  test("an address that is typed, and one that is not there", async () => {
    served.set("/data/small.folded", SMALL);
    await openViewer();
    await page.getByLabel("Or from an address").fill("/nowhere");
    await press("Fetch");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").innerText()).toContain("answers 404");
    // Browsers may also say so on the console.
    takeProblems();
    await page.getByRole("button", { name: /^Dismiss/ }).click();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.getByLabel("Or from an address").fill("/data/small.folded");
    await press("Fetch");
    expect(await opened()).toEqual(ROWS);
  });

  test("text that is pasted anywhere, and text that is typed", async () => {
    await openViewer();
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }, SMALL);
    expect(await opened()).toEqual(ROWS);
    await page.close();
    await openViewer();
    await page.getByLabel(/Or paste its text/).fill(SMALL);
    await press("Read the text");
    expect(await opened()).toEqual(ROWS);
  });

  test("pasted JSON of a profiler", async () => {
    await openViewer();
    await page
      .getByLabel(/Or paste its text/)
      .fill(JSON.stringify({ name: "root", value: 5, children: [{ name: "a", value: 5, children: [] }] }));
    await press("Read the text");
    const rows = await opened();
    expect(rows.flat()).toContain("a 5");
  });

  test("a file that no reader knows: message, hint and what it looks like", async () => {
    await openViewer();
    await pick({ name: "x.bin", data: new Uint8Array([0, 1, 2, 3, 255, 254]) });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/x\.bin was not opened.*no known profile format; it looks like/s);
    await pick({ name: "empty", data: "" });
    await page.getByText("Did the program before it in the pipeline fail").waitFor();
  });

  test("a format can be said where the content does not say it, and a file of an archive chosen", async () => {
    await openViewer();
    await pick({ name: "odd.txt", data: "just some words\nmain;a 3\n" });
    await page.getByLabel("Read it as").selectOption("folded");
    await page.waitForSelector(".status span");
    await settled();
    expect((await graphRows()).at(-1)).toEqual(["a 3"]);
    expect(await page.getByRole("button", { name: /^Notes/ }).innerText()).toMatch(/1$/);
    const runs = { "run/a.folded": "main;a 3\n", "run/b.folded": "main;b 4\n" };
    const files = Object.entries(runs).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
    await pick({ name: "two.zip", data: zipSync(Object.fromEntries(files)) });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toContain("2 files: run/a.folded, run/b.folded");
    await page.getByLabel("File of the archive").fill("b.folded");
    await page.getByLabel("File of the archive").press("Enter");
    await page.getByRole("button", { name: "Profiles: two.zip" }).waitFor();
    expect(await alert.count()).toBe(0);
  });

  test("several profiles: the newest is shown; names can be changed, profiles closed", async () => {
    await openFolded();
    await pick({ name: "other.folded", data: "x;y 5" });
    await page.getByRole("button", { name: "Profiles" }).filter({ hasText: "other.folded" }).waitFor();
    await settled();
    expect(await graphRows()).toEqual([["all 5"], ["x 5"], ["y 5"]]);
    await press(/^Profiles/);
    await page.getByLabel("Name of other.folded").fill("renamed");
    await page.getByLabel("Name of other.folded").press("Enter");
    await page.getByLabel("Show small.folded").check();
    await settled();
    expect(await graphRows()).toEqual(ROWS);
    await page.getByRole("button", { name: "Close small.folded" }).click();
    await settled();
    expect(await page.getByRole("button", { name: /^Profiles/ }).innerText()).toBe("renamed");
    expect((await graphRows()).flat()).toContain("y 5");
    await page.getByRole("button", { name: "Close renamed" }).click();
    await page.getByText("Drop a profile here").waitFor();
  });

  test("what the reader skipped is counted and shown with its place", async () => {
    await openFolded("main;a 3\nthis is no stack\nmain;b 4\n");
    const button = page.getByRole("button", { name: /^Notes/ });
    expect(await button.innerText()).toMatch(/Notes\s*1/);
    await button.click();
    const dialog = page.getByRole("dialog", { name: "What the reader says" });
    expect(await dialog.innerText()).toMatch(/Skipped.*line 2/s);
    await page.keyboard.press("Escape");
    expect(await dialog.count()).toBe(0);
  });

  test("a profile of few samples says so", async () => {
    await openFolded("a;b 9\na;c 4");
    expect(await page.locator(".doubt").innerText()).toContain("Only 13 samples");
  });

  // Again where something else had the machine: work that belongs in the Worker takes too long every time.
  test("reading never holds the page up for 100 ms, and can be cancelled", { retry: 2 }, async () => {
    const line = (i: number): string =>
      `main;handler_${i % 5000};work_${i % 321};leaf_${(i * 7919) % 90_001} ${i % 97}`;
    const text = Array.from({ length: 600_000 }, (_, i) => line(i)).join("\n");
    served.set("/large", text);
    await openViewer();
    await page.evaluate(() => {
      const long: number[] = [];
      Object.assign(window, { long });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) long.push(entry.duration);
      }).observe({ type: "longtask" });
    });
    await page.evaluate(async () => {
      const whole = await (await fetch("/large")).blob();
      const transfer = new DataTransfer();
      transfer.items.add(new File([whole], "large.folded"));
      const input = document.querySelector<HTMLInputElement>("#open")!;
      input.files = transfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      // Making the file was the test's own work.
      setTimeout(() => (window as unknown as { long: number[] }).long.splice(0), 50);
    });
    await page.getByText("Reading").waitFor();
    await page.waitForFunction(() => document.querySelector(".message") === null);
    const long = await page.evaluate(() => (window as unknown as { long: number[] }).long);
    expect(long.filter((duration) => duration > 100)).toEqual([]);
    await page.waitForSelector(".status span");
    await settled();
    expect((await graphRows())[0]).toEqual([expect.stringMatching(/^all \d+$/)]);
    await page.evaluate(async () => {
      const whole = await (await fetch("/large")).blob();
      const transfer = new DataTransfer();
      transfer.items.add(
        new File(
          Array.from({ length: 30 }, () => whole),
          "huge.folded",
        ),
      );
      const input = document.querySelector<HTMLInputElement>("#open")!;
      input.files = transfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForFunction(() => document.querySelector(".message") === null);
    expect(await page.getByRole("button", { name: /^Profiles/ }).innerText()).toBe("large.folded");
  });
});

const FILES: readonly (readonly [string, string])[] = [
  ["perf-script", "perf-script"],
  ["pprof", "pprof"],
  ["v8-cpuprofile", "v8-cpuprofile"],
  ["speedscope", "speedscope"],
  ["jfr", "jfr"],
  ["firefox-processed", "firefox"],
  ["chrome-trace", "chrome-trace"],
  ["async-profiler-html", "async-profiler-html"],
  ["callgrind", "callgrind"],
  ["pstats", "pstats"],
];

/** The largest file of a folder that is read in a moment. */
function largest(folder: string): string {
  const sized = corpusFiles(folder)
    .filter((file) => !/\.(?:svg|md)$|heatmap/.test(file))
    .map((file) => ({ file, size: statSync(`${corpusRoot}/${folder}/${file}`).size }))
    .filter(({ size }) => size < 3e6);
  return sized.sort((a, b) => b.size - a.size)[0]!.file;
}

describePage("files of real profilers", () => {
  test.skipIf(!haveCorpus)("each opens, and each of its views can be shown", async () => {
    for (const [folder, format] of FILES) {
      const name = largest(folder);
      await openViewer();
      await pick({ name, data: readFileSync(`${corpusRoot}/${folder}/${name}`) });
      await page.waitForSelector(".status span, .message.error", { timeout: 30_000 });
      expect([name, await page.locator(".message.error").allInnerTexts()]).toEqual([name, []]);
      for (const tab of await page.locator(".tabs button").all()) {
        await tab.click();
        if ((await tab.innerText()) !== "Sandwich") await settled();
        expect([name, await tab.innerText(), await page.locator(".problem").allInnerTexts()]).toEqual([
          name,
          await tab.innerText(),
          [],
        ]);
      }
      await press(/^Notes/);
      expect(await page.getByRole("dialog").innerText()).toContain(format);
      await page.close();
    }
    await openViewer();
  });
});
