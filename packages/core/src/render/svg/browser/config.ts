/** What the renderer wrote into the file's metadata: see `interaction` in svg.ts and `LayerData` in data.ts. */
export interface Config {
  readonly pad: number;
  readonly width: number;
  /** Top of the frames, base lines of the toolbar, the search field and the breadcrumb, bottom of the frames, base line of the details. */
  readonly top: number;
  readonly rowHeight: number;
  readonly toolbar: number;
  readonly field: number;
  readonly crumbs: number;
  readonly bottom: number;
  readonly details: number;
  readonly fontSize: number;
  readonly fontWidth: number;
  readonly nameType: string;
  readonly countName: string;
  readonly icicle: boolean;
  readonly truncate: "left" | "right";
  readonly layers: readonly LayerConfig[];
}

export interface LayerConfig {
  readonly frames: string;
  readonly names: readonly string[];
  readonly gathered: string;
  readonly unlistedNames: number;
  readonly rows: number;
  readonly drawn?: DrawnConfig;
}

/** See `DrawnData` in data.ts. */
export interface DrawnConfig {
  readonly labels: readonly string[];
  readonly endings: readonly string[];
  readonly looks: readonly string[];
  readonly rectangles: string;
}

/** Reads the metadata; undefined where the file was changed beyond recognition. */
export function readConfig(svg: SVGSVGElement): Config | undefined {
  const text = svg.querySelector("#data")?.textContent;
  return text ? (JSON.parse(text) as Config) : undefined;
}
