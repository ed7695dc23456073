import { humanTime } from "@flambeau/core";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { HeatmapResult } from "../../data/views/time.ts";
import { weight } from "../format.ts";
import { HeadAlone, Problem, Waiting } from "../parts/state.tsx";
import type { Store } from "../store.ts";
import { resolvedColor } from "../styles.ts";
import { useCall } from "../use-call.ts";
import type { TimeRange } from "../view-state.ts";

/** Parts of a column: 20 ms of a second. */
const ROWS = 50;
/** CSS pixels of a cell: height, and least width. */
const CELL = 7;
const LEAST = 4;

/**
 * Weight by the second and the offset within it. Two clicks (or Enter twice) select from cell to cell, as a range of
 * time that every view follows; with Shift, or after "compare", the range that it is compared with.
 */
export function HeatmapView({ store }: { readonly store: Store }): JSX.Element {
  const data = store.spec.value;
  const timed = store.profile.value?.time !== undefined;
  const answer = useCall(
    store,
    "heatmap",
    data === undefined ? undefined : { data: withoutTime(data), rows: ROWS },
  ).value;
  const heatmap = answer.value;
  return (
    <div class="view">
      <div class="tools">
        <span class="muted">
          {heatmap === undefined
            ? ""
            : `A column is ${humanTime(heatmap.step)}, a row ${humanTime(heatmap.step / ROWS)} of it. Click the first and the last cell to select the time between them; with Shift, the time to compare with.`}
        </span>
        <HeadAlone store={store} wholeTime />
      </div>
      <Problem error={answer.error} />
      <Waiting pending={answer.pending && timed} empty={heatmap === undefined} />
      {heatmap !== undefined && <Cells store={store} heatmap={heatmap} unit={unitOf(store)} />}
    </div>
  );
}

function withoutTime<T extends { head: { ranges?: unknown }; base?: unknown }>({
  base: _,
  ...spec
}: T): Omit<T, "base"> {
  const { ranges: __, ...head } = spec.head;
  return { ...spec, head };
}

function unitOf(store: Store): string {
  const profile = store.profile.value;
  const wanted = store.view.value.valueType;
  const type =
    profile?.valueTypes.find(({ name, unit }) => `${name}/${unit}` === wanted) ??
    profile?.valueTypes[profile.defaultValueType];
  return type?.unit ?? "";
}

interface CellsProps {
  readonly store: Store;
  readonly heatmap: HeatmapResult;
  readonly unit: string;
}

function Cells({ store, heatmap, unit }: CellsProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const cursor = useSignal(0);
  const start = useSignal<number | undefined>(undefined);
  const width = useSignal(LEAST);
  const { columns, rows, step, from, values } = heatmap;
  const { range, baseRange } = store.view.value;
  const { theme } = store.settings.value;
  const timeOf = (cell: number): number => from + (cell / rows) * step;

  useEffect(() => {
    const node = area.current!;
    const fit = (): void => {
      width.value = Math.max(LEAST, Math.min(36, Math.floor((node.clientWidth - 16) / columns)));
    };
    fit();
    const sizes = new ResizeObserver(fit);
    sizes.observe(node);
    return () => sizes.disconnect();
  }, [columns]);

  useEffect(() => {
    const picked = start.value === undefined ? undefined : ([start.value, cursor.value] as const);
    const node = canvas.current!;
    const draw = (): void =>
      drawCells(node, heatmap, width.value, {
        ranges: [range, baseRange],
        cursor: cursor.value,
        picked,
      });
    draw();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => scheme.removeEventListener("change", draw);
  }, [heatmap, width.value, range, baseRange, cursor.value, start.value, theme]);

  const pick = (cell: number, base: boolean): void => {
    if (start.value === undefined) {
      start.value = cell;
      return;
    }
    const [first, last] = [Math.min(start.value, cell), Math.max(start.value, cell)];
    start.value = undefined;
    const asBase = (base || store.rangeTarget.value === "baseRange") && range !== undefined;
    store.setRange([timeOf(first), timeOf(last + 1)], asBase ? "baseRange" : "range");
    store.rangeTarget.value = "range";
  };
  const cellAt = (event: MouseEvent): number => {
    const box = canvas.current!.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / width.value);
    const row = rows - 1 - Math.floor((event.clientY - box.top) / CELL);
    return Math.max(0, Math.min(columns - 1, column)) * rows + Math.max(0, Math.min(rows - 1, row));
  };
  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowUp: 1, ArrowDown: -1, ArrowRight: rows, ArrowLeft: -rows };
    const by = steps[event.key];
    if (by !== undefined) cursor.value = Math.max(0, Math.min(values.length - 1, cursor.value + by));
    else if (event.key === "Enter" || event.key === " ") pick(cursor.value, event.shiftKey);
    else if (event.key === "Escape" && start.value !== undefined) start.value = undefined;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const at = cursor.value;
  const told = `${humanTime(timeOf(at) - from)}: ${weight(values[at] ?? 0, unit)}`;
  return (
    <div
      class="heatmap"
      ref={area}
      role="application"
      tabIndex={0}
      aria-label={`Heatmap of samples: ${columns} columns. Arrow keys move, Enter sets the first and the last cell.`}
      onKeyDown={move}
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label="Samples by second and by offset within the second"
        onPointerMove={(event) => {
          cursor.value = cellAt(event);
        }}
        onClick={(event) => pick(cellAt(event), event.shiftKey)}
      />
      <output class="heatmap-cell">
        {told}
        {start.value !== undefined && " · now choose the last cell"}
      </output>
    </div>
  );
}

interface Marks {
  readonly ranges: readonly (TimeRange | undefined)[];
  readonly cursor: number;
  readonly picked: readonly [number, number] | undefined;
}

function drawCells(canvas: HTMLCanvasElement, heatmap: HeatmapResult, width: number, marks: Marks): void {
  const ratio = devicePixelRatio || 1;
  const { columns, rows, values, max, from, step } = heatmap;
  canvas.style.width = `${columns * width}px`;
  canvas.style.height = `${rows * CELL}px`;
  canvas.width = Math.round(columns * width * ratio);
  canvas.height = Math.round(rows * CELL * ratio);
  const context = canvas.getContext("2d")!;
  const colors = ["--heat-none", "--heat-0", "--heat-1", "--heat-2", "--heat-3", "--heat-4", "--heat-5"].map(
    (name) => resolvedColor(canvas, name),
  );
  const box = (cell: number): [number, number, number, number] => {
    const x = Math.floor(cell / rows) * width * ratio;
    const y = (rows - 1 - (cell % rows)) * CELL * ratio;
    return [x, y, width * ratio - ratio, CELL * ratio - ratio];
  };
  for (let cell = 0; cell < values.length; cell++) {
    const share = max === 0 ? 0 : values[cell]! / max;
    context.fillStyle = colors[share <= 0 ? 0 : 1 + Math.min(5, Math.floor(Math.sqrt(share) * 6))]!;
    context.fillRect(...box(cell));
  }
  // Cells with samples keep their colour: the tint of those without is enough to see what is selected.
  const tint = (first: number, last: number, color: string): void => {
    context.fillStyle = color;
    context.globalAlpha = 0.4;
    for (let cell = Math.max(0, first); cell <= Math.min(values.length - 1, last); cell++) {
      if (values[cell] === 0) context.fillRect(...box(cell));
    }
    context.globalAlpha = 1;
  };
  marks.ranges.forEach((range, i) => {
    if (range === undefined) return;
    const cellOf = (time: number): number => Math.round(((time - from) / step) * rows);
    tint(cellOf(range[0]), cellOf(range[1]) - 1, resolvedColor(canvas, i === 0 ? "--accent" : "--other"));
  });
  if (marks.picked !== undefined) {
    const [a, b] = marks.picked;
    tint(Math.min(a, b), Math.max(a, b), resolvedColor(canvas, "--accent"));
  }
  context.strokeStyle = resolvedColor(canvas, "--text");
  context.lineWidth = 2 * ratio;
  context.strokeRect(...box(marks.cursor));
}
