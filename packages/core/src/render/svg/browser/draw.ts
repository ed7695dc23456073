import type { Config, LayerConfig } from "./config.ts";
import { element } from "./toolbar.ts";

/** Makes the elements of a layer that is in the file as data only; hidden, with their places still to be set. */
export function drawLayer(layer: LayerConfig, config: Config, svg: SVGSVGElement): SVGGElement {
  const container = element("g", { class: "f", display: "none" });
  const drawn = layer.drawn;
  if (drawn === undefined) return container;
  const height = String(config.rowHeight - 1);
  for (const token of drawn.rectangles.split(" ")) {
    const [labelRow = "", endingRow = "", lookRow = ""] = token.split(",");
    const label = drawn.labels[parseInt(labelRow, 36)] ?? "";
    const [fill = "", ...classes] = (drawn.looks[parseInt(lookRow, 36)] ?? "").split(" ");
    const group = element("g", classes.length === 0 ? {} : { class: classes.join(" ") });
    group.append(
      element("title", {}, label + (drawn.endings[parseInt(endingRow, 36)] ?? "")),
      element("rect", { height, fill }),
    );
    group.dataset.name = label;
    container.append(group);
  }
  svg.querySelector("g.f")?.after(container);
  return container;
}
