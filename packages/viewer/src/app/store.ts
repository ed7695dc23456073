import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DataClient } from "../data/client.ts";
import type { ProfileInfo } from "../data/profile-info.ts";
import type { OpenRequest, ProfileInput } from "../data/protocol.ts";
import { CancelledError, type Progress } from "../data/rpc.ts";
import type { DataSpec, FilterStep, Selection } from "../data/spec.ts";
import type { FlameGraphElement, SearchResult } from "../element/index.ts";
import type { FrameSubject } from "./frame-actions.ts";
import { stateOfHash } from "./hash.ts";
import { createSettings, type Settings } from "./settings.ts";
import { SourceTexts } from "./source-texts.ts";
import { type FilterEntry, PROFILE_PARTS, type TimeRange, type ViewState } from "./view-state.ts";

/** An input that is being read. */
export interface Loading {
  readonly id: number;
  readonly name: string;
  readonly progress: Signal<Progress>;
  readonly cancel: () => void;
}

/** Something to tell: an input that could not be read, or what an export could not hold. */
export interface Message {
  readonly id: number;
  readonly kind: "error" | "information";
  readonly title: string;
  readonly text: string;
  readonly hint: string | undefined;
  /** The input that was not read, where saying more about it may help: its format, or which file of it. */
  readonly retry?: { readonly input: ProfileInput; readonly ask: "format" | "entry" };
}

/** How a change of the view is kept in the browser's history. */
export type Remember = "push" | "replace";

/** What the whole page shares: the open profiles and what of them is looked at. */
export class Store {
  readonly client: DataClient;
  /** Gives the HTML of this very page without a profile; undefined where it cannot be had. */
  pageTemplate: (() => Promise<string>) | undefined = undefined;
  readonly settings: Signal<Settings> = createSettings();
  readonly sources: SourceTexts = new SourceTexts();
  readonly profiles: Signal<readonly ProfileInfo[]> = signal([]);
  readonly loading: Signal<readonly Loading[]> = signal([]);
  readonly messages: Signal<readonly Message[]> = signal([]);
  readonly view: Signal<ViewState> = signal(stateOfHash(location.hash));
  /** Which dialog is open. */
  readonly dialog: Signal<"commands" | "help" | "notes" | "rules" | undefined> = signal(undefined);
  /** The frame whose menu is open, and where. */
  readonly menu: Signal<
    { readonly x: number; readonly y: number; readonly subject: FrameSubject } | undefined
  > = signal(undefined);
  /** What the search box found in the graph that is shown. */
  readonly found: Signal<SearchResult | undefined> = signal(undefined);
  /** The graph that search, zoom and picture commands are for, while one is shown. */
  readonly graph: Signal<FlameGraphElement | undefined> = signal(undefined);
  /** Which of the two time ranges the next drag selects. */
  readonly rangeTarget: Signal<"range" | "baseRange"> = signal("range");
  /** Said to screen readers. */
  readonly announcement: Signal<string> = signal("");
  /** Counts how often a link or the history asked for a zoom: the graph follows it then. */
  readonly zoomAsked: Signal<number> = signal(1);
  /** How the last change of the view is to be kept. */
  remember: Remember = "replace";
  /** The profile that is looked at. */
  readonly profile: ReadonlySignal<ProfileInfo | undefined> = computed(
    () => this.profiles.value[this.view.value.profile] ?? this.profiles.value[0],
  );
  /** The profile that it is compared with. */
  readonly baseProfile: ReadonlySignal<ProfileInfo | undefined> = computed(() => {
    const { base } = this.view.value;
    return base === undefined ? undefined : this.profiles.value[base];
  });
  /** What every view is computed from; undefined without a profile. */
  readonly spec: ReadonlySignal<DataSpec | undefined> = computed(() => this.#spec());
  /** True where two sides are compared: the page's own comparison, or a profile that is one. */
  readonly comparing: ReadonlySignal<boolean> = computed(() => {
    const spec = this.spec.value;
    if (spec === undefined) return false;
    return (
      spec.base !== undefined || (this.profile.value?.differential === true && spec.valueType === undefined)
    );
  });
  #lastId = 0;

  constructor(client: DataClient) {
    this.client = client;
  }

  /** Changes what is looked at. */
  update(change: Partial<ViewState>, remember: Remember = "push"): void {
    const before = this.view.value;
    const after = { ...before, ...change };
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    this.remember = remember;
    this.view.value = after;
  }

  /** Takes over a state from a link or from the history. */
  restore(state: ViewState): void {
    batch(() => {
      this.view.value = state;
      this.zoomAsked.value++;
    });
  }

  set(change: Partial<Settings>): void {
    this.settings.value = { ...this.settings.value, ...change };
  }

  /** Reads an input; `show`: looks at it then. Says why where it cannot be read. */
  async open(
    input: ProfileInput,
    show = true,
    transfer: ArrayBuffer[] = [],
    said: Pick<OpenRequest, "from" | "entry"> = {},
  ): Promise<void> {
    const id = ++this.#lastId;
    const controller = new AbortController();
    const progress = signal<Progress>({ done: 0, total: undefined });
    const cancel = (): void => controller.abort();
    this.loading.value = [...this.loading.value, { id, name: input.name, progress, cancel }];
    try {
      const info = await this.client.call(
        "open",
        { input, ...said },
        {
          signal: controller.signal,
          transfer,
          onProgress: (state) => {
            progress.value = state;
          },
        },
      );
      this.#opened(info, show);
    } catch (error) {
      if (!(error instanceof CancelledError)) this.#notOpened(input, error as Error);
    } finally {
      this.loading.value = this.loading.value.filter((item) => item.id !== id);
    }
  }

  /** Buffers are the worker's by now: only what can be had again can be tried again. */
  #notOpened(input: ProfileInput, error: Error): void {
    const { code, hint } = error as { code?: string; hint?: string };
    const unknown = code === "unknown-format" || code === "ambiguous-format";
    const ask = unknown ? "format" : hint?.includes("--entry") === true ? "entry" : undefined;
    const title = `${input.name} was not opened`;
    if (ask === undefined || "buffer" in input) this.fail(title, error);
    else this.tell("error", title, describeError(error).message, undefined, { input, ask });
  }

  #opened(info: ProfileInfo, show: boolean): void {
    batch(() => {
      const first = this.profiles.value.length === 0;
      this.profiles.value = [...this.profiles.value, info];
      if (show && !first) this.show(this.profiles.value.length - 1);
    });
    this.announcement.value = `${info.name}: ${info.samples} samples read`;
  }

  /** Looks at another profile. */
  show(profile: number): void {
    this.update({ ...PROFILE_PARTS, profile, base: undefined });
  }

  rename(profile: number, name: string): void {
    this.profiles.value = this.profiles.value.map((info, row) =>
      row === profile ? { ...info, name } : info,
    );
  }

  /** Closes a profile; the places of those behind it move up. */
  close(profile: number): void {
    const info = this.profiles.value[profile];
    if (info === undefined) return;
    void this.client.call("close", { profile: info.id });
    const { profile: shown, base } = this.view.value;
    batch(() => {
      this.profiles.value = this.profiles.value.filter((_, row) => row !== profile);
      const moved = base === undefined || base === profile ? undefined : base > profile ? base - 1 : base;
      if (shown === profile)
        this.update({ ...PROFILE_PARTS, profile: Math.max(0, profile - 1), base: undefined }, "replace");
      else this.update({ profile: shown > profile ? shown - 1 : shown, base: moved }, "replace");
    });
  }

  /** Tells an error until it is dismissed. */
  fail(title: string, error: Error): void {
    const { message, hint } = describeError(error);
    this.tell("error", title, message, hint);
  }

  tell(kind: Message["kind"], title: string, text: string, hint?: string, retry?: Message["retry"]): void {
    const message = {
      id: ++this.#lastId,
      kind,
      title,
      text,
      hint,
      ...(retry === undefined ? {} : { retry }),
    };
    this.messages.value = [...this.messages.value, message];
  }

  dismiss(id: number): void {
    this.messages.value = this.messages.value.filter((message) => message.id !== id);
  }

  /** Puts a step on top of the filter stack. */
  addFilter(step: FilterStep): void {
    this.update({ filters: [...this.view.value.filters, { step, enabled: true }] });
  }

  setFilters(filters: readonly FilterEntry[]): void {
    this.update({ filters });
  }

  select(name: string | undefined): void {
    this.update({ selected: name === "" ? undefined : name }, "replace");
  }

  setRange(range: TimeRange | undefined, as: "range" | "baseRange" = "range"): void {
    this.update(as === "range" && range === undefined ? { range, baseRange: undefined } : { [as]: range });
  }

  #spec(): DataSpec | undefined {
    const profile = this.profile.value;
    if (profile === undefined) return undefined;
    const view = this.view.value;
    const parts: Omit<Selection, "profile"> = {
      ...(view.threadRows === undefined ? {} : { threads: view.threadRows }),
      ...(view.labels.length === 0 ? {} : { labels: view.labels }),
    };
    const head: Selection = {
      profile: profile.id,
      ...parts,
      ...(view.range === undefined ? {} : { ranges: [view.range] }),
    };
    const other = this.baseProfile.value;
    const base: Selection | undefined =
      other !== undefined
        ? { profile: other.id }
        : view.baseRange !== undefined
          ? { profile: profile.id, ...parts, ranges: [view.baseRange] }
          : undefined;
    const known = profile.valueTypes.some((type) => `${type.name}/${type.unit}` === view.valueType);
    return {
      head,
      ...(base === undefined ? {} : { base, normalize: view.normalize }),
      ...(view.valueType === undefined || !known ? {} : { valueType: view.valueType }),
      filters: view.filters.filter((entry) => entry.enabled).map((entry) => entry.step),
      groupBy: view.groupBy,
      threads: view.threads ?? (profile.threadsAreRoots ? "names" : "merged"),
    };
  }
}

/** What a person is told of an error: the place with the message, and what to do. */
export function describeError(error: Error): { message: string; hint: string | undefined } {
  const { describe, hint } = error as { describe?: () => string; hint?: string };
  return { message: typeof describe === "function" ? describe.call(error) : error.message, hint };
}
