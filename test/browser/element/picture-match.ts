import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { expect } from "vitest";

/** A channel may differ by this much: text is smoothed a little differently by every version of a browser. */
const CHANNEL = 40;

/** So large a part of the pixels may differ by more. */
const PART = 0.004;

/**
 * Holds what the page looks like against the committed picture; with FLAMBEAU_UPDATE_GOLDEN=1 writes it instead.
 * Pixels are compared in the page itself, which can decode both.
 */
export async function expectPicture(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`./golden/${name}.png`, import.meta.url));
  const actual = await page.screenshot();
  if (process.env.FLAMBEAU_UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  if (!existsSync(path)) throw new Error(`${path} is missing: make it with FLAMBEAU_UPDATE_GOLDEN=1`);
  const expected = readFileSync(path);
  const different = await page.evaluate(
    async ([one, other, most]) => {
      const pixels = async (base64: string): Promise<{ data: Uint8ClampedArray; size: string }> => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), {
          width: image.width,
          height: image.height,
        });
        const context = canvas.getContext("2d", { willReadFrequently: true })!;
        context.drawImage(image, 0, 0);
        return {
          data: context.getImageData(0, 0, image.width, image.height).data,
          size: `${image.width}x${image.height}`,
        };
      };
      const [a, b] = [await pixels(one), await pixels(other)];
      if (a.size !== b.size) return 1;
      let count = 0;
      for (let at = 0; at < a.data.length; at += 4) {
        const far = [0, 1, 2].some(
          (channel) => Math.abs(a.data[at + channel]! - b.data[at + channel]!) > most,
        );
        if (far) count++;
      }
      return count / (a.data.length / 4);
    },
    [actual.toString("base64"), expected.toString("base64"), CHANNEL] as const,
  );
  if (different > PART) writeFileSync(path.replace(/\.png$/, ".actual.png"), actual);
  expect({ name, different: different > PART ? different : 0 }).toEqual({ name, different: 0 });
}
