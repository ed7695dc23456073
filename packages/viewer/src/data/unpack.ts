import { FlambeauError, type Unpackers } from "@flambeau/core";

/** Loads the unpackers of zip, zstd and xz, which few profiles need, when one does. */
export const lazyUnpackers: Unpackers = { zip: lazily("zip"), zstd: lazily("zstd"), xz: lazily("xz") };

function lazily(name: "zip" | "zstd" | "xz"): NonNullable<Unpackers["zip"]> {
  return (source, notes, options) => {
    let inner: typeof source | undefined;
    return {
      name: source.name,
      size: undefined,
      async read(target) {
        inner ??= (await unpackerOf(name))(source, notes, options);
        return inner.read(target);
      },
    };
  };
}

async function unpackerOf(name: "zip" | "zstd" | "xz"): Promise<NonNullable<Unpackers["zip"]>> {
  const { unpackers } = await import("@flambeau/core/wrappers");
  const unpack = unpackers[name];
  if (unpack !== undefined) return unpack;
  throw new FlambeauError("unsupported", `this page cannot unpack ${name} data`, {
    hint: "It carries only what its own profile needs: unpack the file, or open it in the whole viewer.",
  });
}
