import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { describePage, downloaded, openFolded, page, pick, press, settled } from "./page.ts";

async function exported(name: string | RegExp): Promise<{ name: string; bytes: Buffer }> {
  await press("Export");
  const file = await downloaded(() =>
    page.getByRole("dialog", { name: "Export" }).getByRole("button", { name }).click(),
  );
  await page.keyboard.press("Escape");
  return file;
}

describePage("exports", () => {
  test("folded, pprof, speedscope and the other formats: what is shown, and it can be read again", async () => {
    await openFolded("main;a 3\nmain;b 4");
    await press("Add a filter");
    await page.getByLabel("Text").fill("^b$");
    await press("Add");
    await page.keyboard.press("Escape");
    await settled();
    const folded = await exported("Folded stacks");
    expect([folded.name, folded.bytes.toString()]).toEqual(["small.folded", "main;b 4\n"]);
    const pprof = await exported("pprof");
    expect(pprof.name).toBe("small.pb.gz");
    expect(gunzipSync(pprof.bytes).includes("main")).toBe(true);
    for (const title of ["speedscope", "Firefox Profiler", "Callgrind"]) {
      const file = await exported(new RegExp(title, "i"));
      await pick({ name: `again-${title}`, data: file.bytes });
      await page
        .getByRole("button", { name: "Profiles" })
        .filter({ hasText: `again-${title}` })
        .waitFor();
      expect(await page.locator(".message.error").count()).toBe(0);
      await press(/^Profiles/);
      await page.getByLabel("Show small.folded").check();
      await page.keyboard.press("Escape");
    }
  });

  test("SVG and PNG", async () => {
    await openFolded();
    const svg = await exported(/SVG/);
    expect(svg.name).toBe("small.svg");
    expect(svg.bytes.toString()).toContain("malloc (");
    const png = await exported(/PNG/);
    expect([png.name, png.bytes.subarray(1, 4).toString()]).toEqual(["small.png", "PNG"]);
  });

  test("a link to what is seen is copied", async () => {
    await openFolded();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await press("Table");
    await press("Export");
    await press("Copy a link to this view");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
    expect(page.url()).toContain("#view=table");
  });

  test("names that look like markup or paths stay names", async () => {
    const evil = `"><img src=x onerror="alert(1)">;</script><script>alert(2)</script>;javascript:alert(3);__proto__;constructor 5`;
    await openFolded(evil);
    for (const tab of ["Table", "Sandwich", "Flame chart", "Flame graph"]) {
      await page.getByRole("button", { name: tab, exact: true }).click();
      if (tab === "Table") await page.getByRole("gridcell", { name: /img src/ }).click();
    }
    await settled();
    expect(await page.locator(".details h2").innerText()).toBe(`"><img src=x onerror="alert(1)">`);
    expect(await page.locator("img, .app script").count()).toBe(0);
    const svg = await exported(/SVG/);
    expect(svg.bytes.toString()).not.toContain("<img");
  });
});
