import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  bundle,
  describeElement,
  middle,
  open,
  openPage,
  page,
  pixel,
  SMALL,
  script,
  selected,
  settled,
  tooltip,
} from "./page.ts";

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(2)</script>",
  "__proto__",
  "constructor",
  "a\u0000b\u001b[31m",
  "\u202egnirts",
  "\ud800lone",
  "`alert(3)`",
  "javascript:alert(4)",
  "</div></flame-graph>",
  " ",
];

describeElement("<flame-graph> in its hosts", () => {
  test("hostile names are text, in the picture, the tooltip and the table", async () => {
    await open({
      folded: HOSTILE.map((name) => `main;${name} 10`).join("\n"),
      attributes: 'mode=icicle table minimap label="<b>x"',
      height: 900,
    });
    await page.evaluate((names) => {
      const element = document.querySelector("flame-graph")!;
      for (const name of names) {
        element.search(name);
        element.nextHit();
        element.highlightName(name);
      }
      element.search("");
    }, HOSTILE);
    const texts = await page.evaluate(() => {
      const shadow = document.querySelector("flame-graph")!.shadowRoot!;
      return {
        names: [...shadow.querySelectorAll(".row .name")].map((node) => node.textContent),
        elements: shadow.querySelectorAll("img, script, b:not(.tooltip b), a").length,
      };
    });
    expect(texts.elements).toBe(0);
    expect(texts.names).toEqual(
      expect.arrayContaining([
        "<img src=x onerror=alert(1)>",
        "__proto__",
        "a\ufffdb\ufffd[31m",
        "\ufffdgnirts",
      ]),
    );
    const { x, y } = await middle("main;<script>alert(2)</script>");
    await page.mouse.move(x, y);
    expect(await tooltip()).toContain("<script>alert(2)</script> Total 10 samples");
  });

  test("inside another shadow root its events come out", async () => {
    await openPage("<!doctype html><div id=outer></div>");
    await page.addScriptTag({ content: script });
    await page.evaluate((folded) => {
      const root = document.querySelector("#outer")!.attachShadow({ mode: "open" });
      const element = document.createElement("flame-graph");
      element.style.height = "200px";
      element.tree = window.fixture.foldedTree(folded);
      root.append(element);
      document.addEventListener("flame-graph-select", (event) => {
        Object.assign(window, {
          got: [(event.target as HTMLElement).id, (event as CustomEvent).detail.rect],
        });
      });
    }, SMALL);
    await settled();
    const box = (await page.locator("flame-graph").boundingBox())!;
    await page.mouse.click(box.x + 50, box.y + box.height - 9);
    expect(await page.evaluate("got")).toEqual(["outer", 0]);
    await page.keyboard.press("ArrowUp");
    expect(await tooltip0()).toContain("main");
  });

  test("properties that were set before the element was defined take effect; so does moving it", async () => {
    await openPage(
      "<!doctype html><style>flame-graph{height:200px}</style><flame-graph mode=icicle></flame-graph><p></p>",
    );
    // The graph comes from a copy of the code in a frame, so that this page does not know the element yet.
    await page.evaluate(
      ([source, folded]) => {
        const frame = document.createElement("iframe");
        document.body.append(frame);
        const inner = frame.contentWindow as Window & typeof globalThis;
        const code = frame.contentDocument!.createElement("script");
        code.textContent = source;
        frame.contentDocument!.head.append(code);
        const element = document.querySelector("flame-graph") as unknown as Record<string, unknown>;
        element.tree = inner.fixture.foldedTree(folded);
      },
      [script, SMALL] as const,
    );
    expect(await page.evaluate(() => customElements.get("flame-graph"))).toBe(undefined);
    await page.addScriptTag({ content: script });
    await settled();
    expect(await page.evaluate(() => document.querySelector("flame-graph")!.graph!.length)).toBe(9);
    await page.evaluate(() => document.querySelector("p")!.append(document.querySelector("flame-graph")!));
    await settled();
    const { x, y } = await middle("main;run");
    await page.mouse.click(x, y);
    expect(await selected()).toBe("main;run");
  });

  test("a graph that is set before the element is in the page opens at its root, too", async () => {
    await openPage("<!doctype html><style>flame-graph{height:300px}</style>");
    await page.addScriptTag({ content: script });
    const roots = await page.evaluate(async () => {
      const { deepGraph } = window.fixture as unknown as { deepGraph(depth: number): never };
      const element = document.createElement("flame-graph");
      element.setAttribute("mode", "sandwich");
      element.callers = deepGraph(200);
      element.graph = deepGraph(200);
      document.body.append(element);
      for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
      return [...element.shadowRoot!.querySelectorAll(".scroller")].map((scroller) =>
        scroller.scrollTop === 0
          ? "start"
          : scroller.scrollTop + scroller.clientHeight === scroller.scrollHeight
            ? "end"
            : "-",
      );
    });
    expect(roots).toEqual(["end", "start"]);
  });

  test("under a strict content security policy with trusted types", async () => {
    const hash = createHash("sha256").update(script).digest("base64");
    const policy = `default-src 'none'; script-src 'sha256-${hash}'; require-trusted-types-for 'script'; trusted-types 'none'`;
    await openPage(
      `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}"><flame-graph table minimap></flame-graph><script>${script}</script>`,
    );
    await page.evaluate((folded) => {
      document.querySelector("flame-graph")!.tree = window.fixture.foldedTree(folded, { width: "both" });
    }, "a;b 1 2\na;c 2 1");
    await settled();
    const { x, y } = await middle("a;b");
    await page.mouse.move(x, y);
    expect(await tooltip()).toContain("b Total 3 samples");
    expect(await pixel(x, y)).not.toBe("255,255,255");
  });

  test.each(["mountReact", "mountVue"])("from %s: properties, attributes and events", async (mount) => {
    await openPage("<!doctype html><style>flame-graph{height:200px}</style><div id=app></div>");
    await page.addScriptTag({ content: script });
    await page.addScriptTag({ content: await bundle("./frameworks.ts") });
    await page.evaluate(
      ([name, folded]) => {
        const { frameworks, fixture } = window as unknown as {
          frameworks: Record<string, (host: Element, graph: object) => void>;
          fixture: { buildLevelGraph(tree: object): object; foldedTree(folded: string): object };
        };
        frameworks[name]!(
          document.querySelector("#app")!,
          fixture.buildLevelGraph(fixture.foldedTree(folded)),
        );
      },
      [mount, SMALL] as const,
    );
    await page.waitForSelector("flame-graph");
    await settled();
    expect(
      await page.evaluate(() => {
        const element = document.querySelector("flame-graph")!;
        const { graph, mode, searchResult } = element;
        return [
          graph?.length,
          mode,
          element.hasAttribute("minimap"),
          searchResult?.count,
          typeof element.search,
        ];
      }),
    ).toEqual([9, "icicle", true, 2, "function"]);
    const { x, y } = await middle("main;run");
    await page.mouse.click(x, y);
    const rect = await page.evaluate(() => document.querySelector("flame-graph")!.selected);
    await expect.poll(() => page.textContent("output")).toBe(String(rect));
  });

  test("a graph that is taken away leaves nothing, and an empty one draws its root", async () => {
    await open({ folded: SMALL, attributes: "minimap table" });
    await page.evaluate(() => {
      const element = document.querySelector("flame-graph")!;
      element.search("run");
      element.graph = null;
      element.back();
      element.reset();
      element.select(3);
      element.zoomTo(3);
      element.nextHit();
    });
    await settled();
    expect(await pixel(400, 50)).toBe("255,255,255");
    await page.evaluate(() => {
      document.querySelector("flame-graph")!.tree = window.fixture.foldedTree("");
    });
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowUp");
    await settled();
    expect(await page.evaluate(() => document.querySelector("flame-graph")!.frameInfo(0))).toMatchObject({
      name: "all",
      total: 0,
      shareOfAll: 0,
    });
  });
});

/** Text of the tooltip of an element in another shadow root. */
function tooltip0(): Promise<string> {
  return page.evaluate(() => {
    const element = document.querySelector("#outer")!.shadowRoot!.querySelector("flame-graph")!;
    return element.shadowRoot!.querySelector<HTMLElement>(".tooltip")!.innerText;
  });
}
