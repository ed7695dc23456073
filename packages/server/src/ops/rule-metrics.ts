import { Gauge, type Registry } from "prom-client";
import type { RuleState } from "../rules/runner.ts";

/** What rules measure, and which of them fire, for Prometheus. */
export function addRuleMetrics(registry: Registry, states: () => readonly RuleState[]): void {
  const labels = [...new Set(states().flatMap(({ rule }) => Object.keys(rule.labels)))];
  const labelNames = ["rule", "tenant", ...labels.filter((name) => name !== "rule" && name !== "tenant")];
  const labelsOf = ({ rule }: RuleState): Record<string, string> => ({
    ...rule.labels,
    rule: rule.name,
    tenant: rule.tenant,
  });
  const gauge = (name: string, help: string, value: (state: RuleState) => number | undefined): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        made.reset();
        for (const state of states()) {
          const now = value(state);
          if (now !== undefined) made.set(labelsOf(state), now);
        }
      },
    });
  };
  gauge("flambeau_rule_value", "What a rule measured last", ({ value }) => value);
  gauge("flambeau_rule_firing", "1 where a rule is past its threshold for long enough", ({ status }) =>
    status === "firing" ? 1 : 0,
  );
  gauge("flambeau_rule_failed", "1 where the last measurement or message of a rule failed", ({ error }) =>
    error === undefined ? 0 : 1,
  );
}
