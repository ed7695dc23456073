import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { describePage, drop, openViewer, page, pick, served } from "./page.ts";

const SMALL = `main;parse;lex 30
main;parse;malloc 10
main;run;loop;malloc 20
main;run;loop 30
main;run;exit 10`;

describePage("opening profiles", () => {
  test("a file that is dropped is read and shown", async () => {
    await openViewer();
    await drop({ name: "small.folded", text: SMALL });

    await page.getByRole("button", { name: "Table" }).click();
    await page.getByRole("gridcell", { name: "malloc" }).waitFor();
    expect(await page.getByRole("gridcell", { name: "lex" }).isVisible()).toBe(true);
  });

  test("a gzipped file from the file picker", async () => {
    await openViewer();
    await pick({ name: "small.folded.gz", data: gzipSync(SMALL) });
    await page.getByRole("button", { name: "Table" }).click();
    await page.getByRole("gridcell", { name: "malloc" }).waitFor();
  });

  test("?url= names what to open", async () => {
    served.set("/data/small.folded", SMALL);
    await openViewer({ query: "?url=data/small.folded" });
    await page.getByRole("button", { name: "Table" }).click();
    await page.getByRole("gridcell", { name: "malloc" }).waitFor();
  });
});
