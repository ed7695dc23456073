import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DataClient } from "../data/client.ts";
import type { ProfileInfo } from "../data/profile-info.ts";
import type { ProfileInput } from "../data/protocol.ts";
import { CancelledError, type Progress } from "../data/rpc.ts";
import type { DataSpec, Selection } from "../data/spec.ts";
import { INITIAL_VIEW, type ViewState } from "./view-state.ts";

/** An input that is being read. */
export interface Loading {
  readonly id: number;
  readonly name: string;
  readonly progress: Signal<Progress>;
  readonly cancel: () => void;
}

/** An input that could not be read, or a view that could not be computed. */
export interface Failure {
  readonly id: number;
  readonly title: string;
  readonly error: Error;
}

/** What the whole page shares: the open profiles and what of them is looked at. */
export class Store {
  readonly client: DataClient;
  readonly profiles: Signal<readonly ProfileInfo[]> = signal([]);
  readonly loading: Signal<readonly Loading[]> = signal([]);
  readonly failures: Signal<readonly Failure[]> = signal([]);
  readonly view: Signal<ViewState> = signal(INITIAL_VIEW);
  /** The profile that is looked at. */
  readonly profile: ReadonlySignal<ProfileInfo | undefined> = computed(
    () => this.profiles.value[this.view.value.profile] ?? this.profiles.value[0],
  );
  /** What every view is computed from; undefined without a profile. */
  readonly spec: ReadonlySignal<DataSpec | undefined> = computed(() => this.#spec());
  #lastId = 0;

  constructor(client: DataClient) {
    this.client = client;
  }

  /** Reads an input and shows it; says why where it cannot be read. */
  async open(input: ProfileInput, transfer: ArrayBuffer[] = []): Promise<void> {
    const id = ++this.#lastId;
    const controller = new AbortController();
    const progress = signal<Progress>({ done: 0, total: undefined });
    const cancel = (): void => controller.abort();
    this.loading.value = [...this.loading.value, { id, name: input.name, progress, cancel }];
    try {
      const info = await this.client.call(
        "open",
        { input },
        {
          signal: controller.signal,
          transfer,
          onProgress: (state) => {
            progress.value = state;
          },
        },
      );
      this.profiles.value = [...this.profiles.value, info];
    } catch (error) {
      if (!(error instanceof CancelledError)) this.fail(`${input.name} was not opened`, error as Error);
    } finally {
      this.loading.value = this.loading.value.filter((item) => item.id !== id);
    }
  }

  /** Shows an error until it is dismissed. */
  fail(title: string, error: Error): void {
    this.failures.value = [...this.failures.value, { id: ++this.#lastId, title, error }];
  }

  dismiss(id: number): void {
    this.failures.value = this.failures.value.filter((failure) => failure.id !== id);
  }

  #spec(): DataSpec | undefined {
    const profile = this.profile.value;
    if (profile === undefined) return undefined;
    const view = this.view.value;
    const head: Selection = {
      profile: profile.id,
      ...(view.threadRows === undefined ? {} : { threads: view.threadRows }),
      ...(view.labels.length === 0 ? {} : { labels: view.labels }),
      ...(view.range === undefined ? {} : { ranges: [view.range] }),
    };
    return {
      head,
      ...(view.valueType === undefined ? {} : { valueType: view.valueType }),
      filters: view.filters.filter((entry) => entry.enabled).map((entry) => entry.step),
      groupBy: view.groupBy,
      threads: view.threads ?? (profile.threadsAreRoots ? "names" : "merged"),
    };
  }
}
