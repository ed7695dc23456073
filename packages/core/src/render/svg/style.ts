import type { Settings } from "./options.ts";

/**
 * The style sheet. What a static picture needs stands in attributes, so that renderers without CSS draw it right;
 * this adds looks, states and the dark colours.
 */
export function styleSheet(settings: Settings, differential: boolean): string {
  const { searchColor, uiColor, strokeColor } = settings;
  const outline = differential && strokeColor === "none" ? "#999" : strokeColor;
  const rules = [
    "text{pointer-events:none;white-space:pre}",
    ".f rect{rx:2px;ry:2px}",
    ...(outline === "none" ? [] : [`.f rect{stroke:${outline};stroke-width:.5px}`]),
    ".f .s>rect{fill-opacity:.75}",
    ".f .h>rect{stroke:#a04000;stroke-width:1.2px;stroke-dasharray:none}",
    ".f .b>rect{stroke:#003a8c;stroke-width:1.2px;stroke-dasharray:4 2}",
    ".f>:hover>rect{stroke:#000;stroke-width:.7px;cursor:pointer}",
    ".f>:focus{outline:none}",
    ".f>:focus>rect{stroke:#000;stroke-width:2px;stroke-dasharray:none}",
    `.f .m>rect{fill:${searchColor}}`,
    `.f .p>rect{stroke:${searchColor};stroke-width:1.5px}`,
    ".f .a{opacity:.5}",
    ".k{cursor:pointer;pointer-events:auto}",
    ".k:hover,.k:focus{text-decoration:underline}",
    ".k:focus{outline:none;font-weight:bold}",
    ".k[aria-pressed=true]{font-weight:bold}",
    ".e{fill:#c00}",
    ".q{width:100%;height:100%;box-sizing:border-box;margin:0;padding:0 4px;border:1px solid #999;border-radius:3px;font:inherit;background:#fff;color:#000}",
    ".q.x{border-color:#c00;background:#fee}",
  ];
  const dark = [
    "rect.bg{fill:#1c1d21}",
    `text.u{fill:${uiColor === "#000000" ? "#ddd" : uiColor}}`,
    "text.u.e{fill:#ff8080}",
    ".f>:hover>rect,.f>:focus>rect{stroke:#fff}",
    "rect.bar{fill:#1c1d21}",
    ".q{background:#2a2b30;color:#eee;border-color:#666}",
    ".q.x{background:#502020}",
  ];
  return [
    ...rules,
    ...dark.map((rule) => scoped("svg.dark", rule)),
    `@media(prefers-color-scheme:dark){${dark.map((rule) => scoped("svg:not(.light)", rule)).join("")}}`,
  ].join("");
}

function scoped(scope: string, rule: string): string {
  const brace = rule.indexOf("{");
  const selectors = rule.slice(0, brace).split(",");
  return `${selectors.map((selector) => `${scope} ${selector}`).join(",")}${rule.slice(brace)}`;
}
