import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { describeElement, middle, type OpenOptions, open, page, pixel, settled } from "./page.ts";
import { expectPicture } from "./picture-match.ts";

const font = readFileSync(
  createRequire(import.meta.url).resolve("@fontsource/roboto/files/roboto-latin-400-normal.woff2"),
);

/** A page whose text is in the same font everywhere. */
async function openWithFont(options: OpenOptions): Promise<void> {
  const face = `@font-face{font-family:Fixed;src:url(data:font/woff2;base64,${font.toString("base64")})}`;
  await open({
    ...options,
    before: `<style>${face}flame-graph{--flame-graph-font-family:Fixed}</style>${options.before ?? ""}`,
  });
  await page.evaluate(async () => {
    await document.fonts.load("12px Fixed");
    // Labels are measured when they are first drawn.
    document.querySelector("flame-graph")!.setAttribute("label", "Fixed");
  });
  await settled();
}

const NAMES = [
  "alloc::vec::Vec<T>::push",
  "serde_json::parse_value",
  "tokio::run",
  "hyper::h1::poll",
  "read_[k]",
];

/** A graph of some 200 frames, the same every time. */
const MANY = Array.from({ length: 70 }, (_, i) => {
  const stack = Array.from(
    { length: 3 + ((i * 7) % 9) },
    (_, d) => `${NAMES[(i * d + d) % 5]}${d > 2 ? i % 4 : ""}`,
  );
  return `main;${stack.join(";")} ${1 + ((i * 37) % 90)}`;
}).join("\n");

const CHART =
  "main;poll;read 30\nmain;poll 5\nmain;parse;lex 25\nmain 10\nmain;parse;lex 8\nmain;parse 2\nmain;write 20";
const CHANGE =
  "main;a 100 130\nmain;a;deep 40 10\nmain;b 60 61\nmain;born 0 45\nmain;gone 50 0\nmain;c;d 30 90";

describeElement("looks of <flame-graph>", () => {
  test.each<[string, OpenOptions]>([
    ["flame", { folded: MANY }],
    ["icicle-dark", { folded: MANY, attributes: "mode=icicle minimap", dark: true }],
    ["search", { folded: MANY, attributes: 'minimap search="parse"' }],
    ["safe-sharp", { folded: MANY, attributes: "palette=safe", ratio: 2, width: 400, height: 250 }],
    ["chart", { folded: CHART, tree: { ordered: true, unit: "milliseconds" }, attributes: "mode=chart" }],
    ["change", { folded: CHANGE, tree: { width: "both" } }],
    [
      "change-dark-table",
      { folded: CHANGE, tree: { width: "both" }, attributes: "table diff=relative", dark: true },
    ],
  ])("%s", async (name, options) => {
    await openWithFont({ width: 640, height: 360, ...options });
    await expectPicture(page, name);
  });

  test("hovered, selected and focused", async () => {
    await openWithFont({ folded: MANY, width: 640, height: 360 });
    await page.evaluate(() => document.querySelector("flame-graph")!.zoomTo(3));
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press(" ");
    await page.keyboard.press("ArrowUp");
    const { x, y } = await middle("main");
    await page.mouse.move(x, y);
    await settled();
    await expectPicture(page, "states");
  });

  test("many rectangles look the same, drawn one by one or line by line", async () => {
    await open({ folded: MANY });
    const { bytes, entries } = await page.evaluate(
      () =>
        // biome-ignore lint/security/noGlobalEval: a helper of entry.ts
        eval(
          "fixture.differenceOfFills(fixture.syntheticGraph({ length: 60000, levels: 40 }), 900, 500)",
        ) as {
          bytes: number;
          entries: number;
        },
    );
    expect(bytes).toBe(0);
    expect(entries).toBeGreaterThan(5000);
  });

  test("sharp on any screen: the canvas has the screen's pixels", async () => {
    for (const ratio of [1, 1.25, 1.5, 3]) {
      await open({ folded: MANY, ratio, width: 401, height: 301 });
      const size = await page.evaluate(() => {
        const canvas = document
          .querySelector("flame-graph")!
          .shadowRoot!.querySelector<HTMLCanvasElement>(".pane canvas")!;
        return [canvas.width, canvas.height];
      });
      expect(size).toEqual([Math.round(401 * ratio), Math.round(301 * ratio)]);
      if (ratio < 3) await page.context().close();
    }
  });

  test("custom properties and the theme attribute change colours, row height and font at once", async () => {
    await open({ folded: "main;a 1" });
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.querySelector("flame-graph")!).backgroundColor);
    const corner = (): Promise<number[]> =>
      page.evaluate(() => {
        const canvas = document
          .querySelector("flame-graph")!
          .shadowRoot!.querySelector<HTMLCanvasElement>(".pane canvas")!;
        const copy = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
        const context = copy.getContext("2d")!;
        context.drawImage(canvas, 0, 0);
        return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      });
    expect([await background(), await corner()]).toEqual(["rgb(255, 255, 255)", [255, 255, 255]]);
    await page.evaluate(() => document.querySelector("flame-graph")!.setAttribute("theme", "dark"));
    await expect.poll(corner).toEqual([22, 24, 29]);
    await page.addStyleTag({
      content: "main{--flame-graph-background:rgb(1 2 3);--flame-graph-row-height:100px}",
    });
    await expect.poll(corner).toEqual([1, 2, 3]);
    await page.evaluate(() => {
      document.querySelector("flame-graph")!.setAttribute("mode", "icicle");
    });
    await settled();
    await page.mouse.click(100, 150);
    expect(await page.evaluate(() => document.querySelector("flame-graph")!.selected)).toBe(1);
  });

  test("a page's own colours", async () => {
    await open({ folded: "main;a 1", attributes: "mode=icicle" });
    await page.evaluate(() => {
      document.querySelector("flame-graph")!.colorize = (name) => (name === 2 ? [10, 200, 30] : undefined);
    });
    await settled();
    expect(await pixel(700, 45)).toBe("10,200,30");
    expect(await pixel(700, 27)).not.toBe("10,200,30");
  });

  test("exports what is seen as PNG, at its own or another size", async () => {
    await open({ folded: MANY, width: 500, height: 300 });
    const sizes = await page.evaluate(async () => {
      const element = document.querySelector("flame-graph")!;
      element.zoomTo(2);
      const sizeOf = async (blob: Blob): Promise<number[]> => {
        const image = await createImageBitmap(blob);
        const canvas = Object.assign(document.createElement("canvas"), {
          width: image.width,
          height: image.height,
        });
        const context = canvas.getContext("2d")!;
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, image.height - 10, image.width, 1);
        const colours = new Set<string>();
        for (let x = 0; x < image.width; x++) colours.add(data.slice(x * 4, x * 4 + 3).join());
        return [image.width, image.height, colours.size > 1 ? 1 : 0];
      };
      const canvas = document.createElement("canvas");
      canvas.width = 90;
      canvas.height = 60;
      return [
        await sizeOf(await element.renderTo()),
        await sizeOf(await element.renderTo({ width: 1000, height: 700 })),
        await sizeOf(await element.renderTo(canvas)),
      ];
    });
    expect(sizes).toEqual([
      [500, 300, 1],
      [1000, 700, 1],
      [90, 60, 1],
    ]);
  });
});
