import { PALETTES } from "@flambeau/core";
import type { JSX } from "preact";
import { type GraphPalette, OWN_PALETTES } from "../../element/index.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store.ts";
import { Popover } from "./popover.tsx";

const PALETTE_TITLES: Readonly<Record<(typeof OWN_PALETTES)[number], string>> = {
  warm: "warm",
  library: "by library",
  kind: "by kind of code",
  safe: "safe for colour-blind readers",
  grey: "grey",
};

/** What a person sets once. */
export function SettingsMenu({ store }: { readonly store: Store }): JSX.Element {
  const { theme, palette, sourceLink, details } = store.settings.value;
  const { diff } = store.view.value;
  return (
    <Popover title="Display" label="Display" end>
      <div class="fields">
        <label>
          Theme{" "}
          <select
            aria-label="Theme"
            value={theme}
            onChange={(event) => store.set({ theme: event.currentTarget.value as Settings["theme"] })}
          >
            <option value="auto">as the system</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
        <label>
          Colours{" "}
          <select
            aria-label="Colours"
            value={palette}
            onChange={(event) => store.set({ palette: event.currentTarget.value as GraphPalette })}
          >
            {OWN_PALETTES.map((name) => (
              <option key={name} value={name}>
                {PALETTE_TITLES[name]}
              </option>
            ))}
            {PALETTES.map((name) => (
              <option key={name} value={name}>
                {name} (flamegraph.pl)
              </option>
            ))}
          </select>
        </label>
        <label>
          Colours of a comparison{" "}
          <select
            aria-label="Colours of a comparison"
            value={diff.scale}
            onChange={(event) =>
              store.update({ diff: { ...diff, scale: event.currentTarget.value as "absolute" | "relative" } })
            }
          >
            <option value="absolute">against the largest change</option>
            <option value="relative">against the frame itself</option>
          </select>
        </label>
        <label>
          Weights of a comparison{" "}
          <select
            aria-label="Weights of a comparison"
            value={diff.by}
            onChange={(event) =>
              store.update({ diff: { ...diff, by: event.currentTarget.value as "self" | "total" } })
            }
          >
            <option value="total">with all that is called</option>
            <option value="self">the function's own</option>
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={details}
            onChange={(event) => store.set({ details: event.currentTarget.checked })}
          />{" "}
          Details of the selected function
        </label>
        <label>
          Link to the editor or repository{" "}
          <input
            type="text"
            class="wide"
            value={sourceLink}
            placeholder="vscode://file/{path}:{line}"
            onChange={(event) => store.set({ sourceLink: event.currentTarget.value })}
          />
        </label>
      </div>
    </Popover>
  );
}
