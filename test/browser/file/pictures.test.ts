import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withFewColours } from "../../support/png.ts";
import { describeFiles, EXAMPLE, flambeau, folder, open, page, shownGraph } from "./file.ts";

const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const GO_CPU = fileURLToPath(new URL("../../../fixtures/pprof/go-cpu.pb.gz", import.meta.url));

const GO_SOURCE = fileURLToPath(new URL("../../../fixtures/record/programs/labels.go", import.meta.url));

/** With FLAMBEAU_UPDATE_PICTURES=1, what the page looks like now becomes the picture of docs/viewer.md. */
async function picture(name: string): Promise<void> {
  const shot = await page.screenshot();
  expect(shot.length).toBeGreaterThan(5000);
  if (process.env.FLAMBEAU_UPDATE_PICTURES !== "1") return;
  mkdirSync(images, { recursive: true });
  writeFileSync(`${images}viewer-${name}.png`, withFewColours(shot));
}

const SIZE = { width: 1200, height: 700 };

/** Opens the example in a view that a link describes, and waits until it stands still. */
async function show(state: Record<string, string>, file = "example.html"): Promise<void> {
  await open(`${folder}/${file}`, { ...SIZE, hash: `#${new URLSearchParams(state)}` });
  await page.locator("main").waitFor();
  await page.waitForFunction(() => document.querySelector("[aria-busy=true], progress") === null);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 400)));
}

const PARSE = "v8::internal::wasm::WasmCompilationUnit::ExecuteCompilation";

describeFiles("every view of the documentation", () => {
  test("flame graph with a search", async () => {
    flambeau(EXAMPLE, "-o", "example.html");
    await show({ search: "Turbofan", selected: PARSE });
    await shownGraph();
    expect(await page.getByRole("main").innerText()).toContain(PARSE);
    await picture("graph");
  });

  test("table", async () => {
    await show({ view: "table", selected: "v8::internal::compiler::GraphReducer::ReduceTop" });
    expect(await page.getByRole("row").count()).toBeGreaterThan(10);
    await picture("table");
  });

  test("sandwich", async () => {
    await show({ view: "sandwich", selected: PARSE });
    await shownGraph();
    await picture("sandwich");
  });

  test("flame chart", async () => {
    await show({ view: "chart" });
    await shownGraph();
    await picture("chart");
  });

  test("heatmap", async () => {
    await show({ view: "heatmap" });
    expect(await page.locator("main canvas").count()).toBeGreaterThan(0);
    await picture("heatmap");
  });

  test("source", async () => {
    flambeau(GO_CPU, "-o", "go.html");
    await show({ view: "source", file: "./labels.go" }, "go.html");
    await page.locator('main input[type="file"]').first().setInputFiles(GO_SOURCE);
    await page.getByText("insert(word string)").first().waitFor();
    await picture("source");
  });

  test("differential flame graph, and its table", async () => {
    flambeau(EXAMPLE, "--to-time", "2s", "-o", "before.flambeau");
    flambeau(EXAMPLE, "--from-time", "2s", "-o", "after.flambeau");
    flambeau("diff", "--normalize", "before.flambeau", "after.flambeau", "-o", "diff.html");
    await show({}, "diff.html");
    await shownGraph();
    await picture("differential");
    await page.getByRole("button", { name: "Changes", exact: true }).click();
    await page.getByRole("gridcell").first().waitFor();
    await picture("changes");
  });

  test("commands, and the dark theme", async () => {
    await open(`${folder}/example.html`, { ...SIZE, dark: true });
    await shownGraph();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await picture("commands");
  });
});
