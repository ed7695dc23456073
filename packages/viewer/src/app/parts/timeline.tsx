import { humanTime } from "@flambeau/core";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { TimelineResult } from "../../data/views/time.ts";
import { timeRange } from "../format.ts";
import { threadTitle } from "../names.ts";
import type { Store } from "../store.ts";
import { resolvedColor } from "../styles.ts";
import { useCall } from "../use-call.ts";
import type { TimeRange } from "../view-state.ts";
import { Popover } from "./popover.tsx";
import { HeadAlone } from "./state.tsx";

/** How finely the strip asks for the samples. */
const COLUMNS = 600;
const LANE = 18;
const ALL = 34;

/** Samples over time, of everything and of the busiest threads: a drag selects a range for every view. */
export function Timeline({ store }: { readonly store: Store }): JSX.Element | null {
  const profile = store.profile.value;
  const data = store.spec.value;
  const lanesShown = useSignal(false);
  const usable = profile?.time !== undefined && profile.time.to > profile.time.from && data !== undefined;
  const answer = useCall(
    store,
    "timeline",
    usable ? { data: wholeTime(data), columns: COLUMNS } : undefined,
  ).value;
  const result = answer.value;
  if (!usable || profile?.time === undefined || result === undefined) return null;
  const { range, baseRange } = store.view.value;
  const several = result.lanes.length > 1;
  return (
    <section class="timeline" aria-label="Samples over time">
      <div class="timeline-side">
        <Popover label="Time" title="Time range">
          <RangeFields store={store} origin={profile.time.from} end={profile.time.to} />
        </Popover>
        {several && (
          <button
            type="button"
            aria-expanded={lanesShown.value}
            title="Samples over time of each thread"
            onClick={() => {
              lanesShown.value = !lanesShown.value;
            }}
          >
            Threads {lanesShown.value ? "▴" : "▾"}
          </button>
        )}
      </div>
      <div class="timeline-lanes">
        <Lane
          store={store}
          label="All samples over time"
          values={result.all}
          result={result}
          height={ALL}
          ranges={[range, baseRange]}
        />
        {several &&
          lanesShown.value &&
          result.lanes.map(({ thread, values }) => (
            <div class="lane" key={thread}>
              <button
                type="button"
                class="link"
                title="Only this thread"
                onClick={() => store.update({ threadRows: [thread] })}
              >
                {thread < 0 ? "no thread" : threadTitle(profile.threads[thread]!)}
              </button>
              <Lane
                store={store}
                label={`Samples over time of ${thread < 0 ? "no thread" : threadTitle(profile.threads[thread]!)}`}
                values={values}
                result={result}
                height={LANE}
                ranges={[range, baseRange]}
              />
            </div>
          ))}
        {several && lanesShown.value && result.threads > result.lanes.length && (
          <p class="muted">
            The {result.lanes.length} busiest of {result.threads} threads.
          </p>
        )}
        <RangeText store={store} origin={profile.time.from} end={profile.time.to} />
      </div>
    </section>
  );
}

/** The spec without what the strip does not depend on, so that a new range does not ask again. */
function wholeTime<T extends { head: { ranges?: unknown }; base?: unknown }>({
  base: _,
  ...spec
}: T): Omit<T, "base"> {
  const { ranges: __, ...head } = spec.head;
  return { ...spec, head };
}

/** Always there, so that nothing moves under the pointer when a range is selected. */
function RangeText({
  store,
  origin,
  end,
}: {
  readonly store: Store;
  readonly origin: number;
  readonly end: number;
}): JSX.Element {
  const { range, baseRange } = store.view.value;
  return (
    <p class="ranges">
      <HeadAlone store={store} wholeTime />
      {range === undefined && (
        <span class="muted">All {humanTime(end - origin)}: drag to select a part.</span>
      )}
      {range !== undefined && (
        <span class="range-chip">
          {timeRange(range[0], range[1], origin)}
          <button type="button" aria-label="Show all of the time" onClick={() => store.setRange(undefined)}>
            ✕
          </button>
        </span>
      )}
      {range !== undefined && baseRange === undefined && (
        <button
          type="button"
          aria-pressed={store.rangeTarget.value === "baseRange"}
          onClick={() => {
            store.rangeTarget.value = store.rangeTarget.value === "range" ? "baseRange" : "range";
          }}
        >
          {store.rangeTarget.value === "range"
            ? "Compare with another range"
            : "Now drag over the other range"}
        </button>
      )}
      {baseRange !== undefined && (
        <label>
          <input
            type="checkbox"
            checked={store.view.value.normalize}
            onChange={(event) => store.update({ normalize: event.currentTarget.checked })}
          />{" "}
          Same total
        </label>
      )}
      {baseRange !== undefined && (
        <span class="range-chip base">
          compared with {timeRange(baseRange[0], baseRange[1], origin)}
          <button
            type="button"
            aria-label="End the comparison"
            onClick={() => store.setRange(undefined, "baseRange")}
          >
            ✕
          </button>
        </span>
      )}
    </p>
  );
}

/** The ranges as numbers, for the keyboard and for exact values. */
function RangeFields({
  store,
  origin,
  end,
}: {
  readonly store: Store;
  readonly origin: number;
  readonly end: number;
}): JSX.Element {
  const field = (as: "range" | "baseRange", side: 0 | 1, label: string): JSX.Element => {
    const range = store.view.value[as];
    const shown = range === undefined ? "" : String((range[side] - origin) / 1e9);
    return (
      <label>
        {label}{" "}
        <input
          type="number"
          step="any"
          min={0}
          max={(end - origin) / 1e9}
          value={shown}
          onChange={(event) => {
            const value = origin + Number(event.currentTarget.value) * 1e9;
            const next: [number, number] = range === undefined ? [origin, end + 1] : [range[0], range[1]];
            next[side] = value;
            if (next[1] > next[0]) store.setRange(next, as);
          }}
        />
      </label>
    );
  };
  return (
    <div class="fields">
      <p class="muted">Seconds from the first sample; {humanTime(end - origin)} in all.</p>
      {field("range", 0, "From")}
      {field("range", 1, "To")}
      {store.view.value.range !== undefined && (
        <>
          <p class="muted">Compare with (Shift and drag does the same):</p>
          {field("baseRange", 0, "From")}
          {field("baseRange", 1, "To")}
        </>
      )}
      <button type="button" onClick={() => store.setRange(undefined)}>
        All of the time
      </button>
    </div>
  );
}

interface LaneProps {
  readonly store: Store;
  readonly label: string;
  readonly values: Float64Array;
  readonly result: TimelineResult;
  readonly height: number;
  readonly ranges: readonly (TimeRange | undefined)[];
}

/** One curve of weight over time, with the selected ranges on it. */
function Lane({ store, label, values, result, height, ranges }: LaneProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useSignal<{ from: number; to: number; base: boolean } | undefined>(undefined);
  const { theme } = store.settings.value;
  useEffect(() => {
    const node = canvas.current!;
    const draw = (): void => drawLane(node, values);
    draw();
    const sizes = new ResizeObserver(draw);
    sizes.observe(node);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      sizes.disconnect();
      scheme.removeEventListener("change", draw);
    };
  }, [values, theme]);
  const shareAt = (event: PointerEvent): number => {
    const { left, width } = canvas.current!.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - left) / width));
  };
  const timeAt = (share: number): number => result.from + share * (result.to - result.from);
  const marks: { from: number; to: number; base: boolean }[] = ranges.flatMap((range, i) =>
    range === undefined
      ? []
      : [
          {
            from: (range[0] - result.from) / (result.to - result.from),
            to: (range[1] - result.from) / (result.to - result.from),
            base: i === 1,
          },
        ],
  );
  if (drag.value !== undefined) marks.push(drag.value);
  return (
    <div class="lane-box" style={{ height: `${height}px` }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = shareAt(event);
          drag.value = { from: at, to: at, base: event.shiftKey || store.rangeTarget.value === "baseRange" };
        }}
        onPointerMove={(event) => {
          if (drag.value !== undefined) drag.value = { ...drag.value, to: shareAt(event) };
        }}
        onPointerUp={() => {
          const done = drag.value;
          drag.value = undefined;
          if (done === undefined) return;
          const [from, to] = [Math.min(done.from, done.to), Math.max(done.from, done.to)];
          const base = done.base && store.view.value.range !== undefined;
          if (to - from < 0.003) store.setRange(undefined, base ? "baseRange" : "range");
          else
            store.setRange(
              [timeAt(from), to === 1 ? result.to + 1 : timeAt(to)],
              base ? "baseRange" : "range",
            );
          store.rangeTarget.value = "range";
        }}
        onPointerCancel={() => {
          drag.value = undefined;
        }}
      />
      {marks.map((mark, i) => (
        <div
          key={i}
          class={mark.base ? "mark-range base" : "mark-range"}
          style={{
            left: `${Math.max(0, Math.min(mark.from, mark.to)) * 100}%`,
            width: `${Math.min(1, Math.abs(mark.to - mark.from)) * 100}%`,
          }}
        />
      ))}
    </div>
  );
}

function drawLane(canvas: HTMLCanvasElement, values: Float64Array): void {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d")!;
  context.fillStyle = resolvedColor(canvas, "--muted");
  let max = 0;
  for (const value of values) if (value > max) max = value;
  if (max === 0) return;
  for (let x = 0; x < canvas.width; x++) {
    const first = Math.floor((x / canvas.width) * values.length);
    const last = Math.max(first + 1, Math.floor(((x + 1) / canvas.width) * values.length));
    let value = 0;
    for (let i = first; i < last; i++) value = Math.max(value, values[i]!);
    const height = value === 0 ? 0 : Math.max(1, (value / max) * (canvas.height - 2));
    context.fillRect(x, canvas.height - height, 1, height);
  }
}
