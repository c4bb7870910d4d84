import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCaches } from 'nestjs-sentinel-cache';
import { startPrometheusListener } from 'nestjs-sentinel-cache/prometheus';
import { Registry } from 'prom-client';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
const read = (name: string) => readFileSync(join(docs, name), 'utf8');
const rules = read('observability/alerts.yml');
const page = read('observability.md');

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}
const dashboard = JSON.parse(read('observability/grafana-dashboard.json')) as Dashboard;
const drawn = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];
/** One rule for each `expr`, up to the next key. */
const asked = [...rules.matchAll(/expr: (?:\|\n)?([\s\S]*?)\n {8}(?:for|labels):/g)].map(([, expr]) =>
  expr!.replace(/\s+/g, ' '),
);

/** The labels of Prometheus itself, and of a histogram's buckets. */
const ADDED = ['le', 'instance'];
const metricsIn = (text: string) =>
  [...text.matchAll(/sentinel_cache_\w+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''));
const labelsIn = (text: string) => [
  ...[...text.matchAll(/(?:by|ignoring|on) \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/)),
  ...[...text.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
    [...list!.matchAll(/(\w+)(?:=~|!=|!~|=)"/g)].map(([, name]) => name!),
  ),
];

describe('the dashboard and the alerts of docs/observability', () => {
  const registry = new Registry();
  const caches = createCaches({ default: { BACKEND: 'locmem' } });
  const labels = new Map<string, readonly string[]>();
  beforeAll(async () => {
    startPrometheusListener(caches, { registry });
    for (const { name } of await registry.getMetricsAsJSON()) {
      const metric = registry.getSingleMetric(name) as unknown as { readonly labelNames: readonly string[] };
      labels.set(name, metric.labelNames);
    }
  });
  afterAll(() => caches.close());

  it('the dashboard shows every metric, and no other', () => {
    expect([...new Set(drawn.flatMap(metricsIn))].toSorted()).toEqual([...labels.keys()].toSorted());
  });

  it('the alerts ask for metrics that there are', () => {
    expect(asked).toHaveLength(rules.match(/- alert:/g)!.length);
    const names = asked.flatMap(metricsIn);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !labels.has(name))).toEqual([]);
  });

  it('each expression tells apart by labels that its metrics have', () => {
    for (const expr of [...drawn, ...asked]) {
      const known = new Set([...metricsIn(expr).flatMap((name) => labels.get(name) ?? []), ...ADDED]);
      expect([expr, labelsIn(expr).filter((label) => !known.has(label))]).toEqual([expr, []]);
    }
  });

  it('each alert has a row in the page, which leads where its runbook leads', () => {
    const runbooks = [...rules.matchAll(/alert: (\w+)[\s\S]*?runbook: '(?:docs\/)([^']+)'/g)];
    expect(runbooks).toHaveLength(asked.length);
    for (const [, name, target] of runbooks) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      expect([name, row?.includes(`(${target})`)]).toEqual([name, true]);
    }
  });
});
