import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { SettingsService } from "../gen/settings/v1/setting_pb.ts";
import { VCSService } from "../gen/vcs/v1/vcs_pb.ts";
import type { Setting, TenantSettings } from "../ops/tenant-settings.ts";
import { tenantKey } from "../query/wire/context.ts";
import { Refusal } from "../refusal.ts";

/** What Grafana's app for profiles asks beside queries: its users' settings, and source code from GitHub. */
export function registerGrafana(router: ConnectRouter, settings: TenantSettings): void {
  router.service(SettingsService, {
    get: async (_, { values }) => ({ settings: (await settings.list(values.get(tenantKey))).map(onWire) }),
    set: async ({ setting }, { values }) => {
      if (setting === undefined) throw new Refusal(400, "no-setting", "which setting?");
      const { name, value, modifiedAt } = setting;
      // A time that lies ahead would keep everybody from changing it again.
      const now = Date.now();
      const kept = { name, value, modifiedAt: modifiedAt > 0n ? Math.min(Number(modifiedAt), now) : now };
      await settings.set(values.get(tenantKey), kept);
      return { setting: onWire(kept) };
    },
    delete: async ({ name }, { values }) => {
      await settings.delete(values.get(tenantKey), name, Date.now());
      return {};
    },
  });
  // As Pyroscope answers where nobody gave it an application of GitHub: the app then shows no source code.
  const absent = (): never => {
    throw new ConnectError(
      "GitHub integration is not configured: this server shows no source code",
      Code.Unimplemented,
    );
  };
  router.service(VCSService, {
    githubApp: absent,
    githubLogin: absent,
    githubRefresh: absent,
    getFile: absent,
    getCommit: absent,
    getCommits: absent,
  });
}

function onWire({ name, value, modifiedAt }: Setting): { name: string; value: string; modifiedAt: bigint } {
  return { name, value, modifiedAt: BigInt(modifiedAt) };
}
