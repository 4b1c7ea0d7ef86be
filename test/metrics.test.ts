/** docs/metrics.md and docs/alerts.yml name what a node really shows, and all of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { makeMetrics } from '../src/admin/metrics.ts'

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0)

const docs = join(import.meta.dirname, '../docs')

const metrics = makeMetrics({
  unshipped: () => 3, oldestUnshippedMs: () => 1_500, snapshotAgeMs: () => 250, snapshotVersion: () => 7, openCalls: () => 2, refusesRecords: () => true, leaseRequests: () => 5, leads: () => true, runsJobs: () => true,
  breakers: () => [{ deployment: 'resting', state: 'open' }, { deployment: 'well', state: 'closed' }], suspendedAccounts: () => ['gone'], waiting: () => ({ lease: 0, jobs: 4 }),
  installation: () => ({ nodes: { gateway: 2 }, budgets: [{ budget: 'organization/acme/month', used: 0.25 }], spendAnomalies: 1 }), loss: () => ({ lost: 0, posted: 9 }),
})

const page = readFileSync(join(docs, 'metrics.md'), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| `weir_')).map((line) => line.split('|').map((cell) => cell.trim()))

interface Rule { readonly alert: string; readonly expr: string; readonly labels: { readonly severity: string }; readonly annotations: { readonly summary: string } }
const rules = (parse(readFileSync(join(docs, 'alerts.yml'), 'utf8')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules)

const shown = async (): Promise<ReadonlyMap<string, string>> => new Map([...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']))

void test('every metric has its line in docs/metrics.md, with its kind, and every line its metric', async () => {
  const kinds = new Map(rows.map(([, name = '', kind = '']) => [name.replaceAll('`', ''), kind.split(',')[0] ?? '']))
  assert.deepEqual([...kinds].sort(byName), [...await shown()].sort(byName))
})

void test('every alert rule uses metrics that exist, and stands in docs/metrics.md beside one of them', async () => {
  const known = await shown()
  const named = new Set(rows.flatMap((cells) => (cells[5] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '')))
  assert.deepEqual([...named].sort(), rules.map((rule) => rule.alert).sort())
  for (const { alert, expr, annotations } of rules) {
    const used = [...expr.matchAll(/weir_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''))
    assert.ok(used.length > 0, alert)
    for (const name of used) assert.ok(known.has(name), `${alert} uses ${name}`)
    assert.match(annotations.summary, /\.$/, alert)
  }
})

void test('what is read shows with its labels, and only what is open of the breakers', async () => {
  const text = await metrics.text()
  for (const line of [
    'weir_journal_oldest_unshipped_seconds 1.5', 'weir_snapshot_version 7', 'weir_lease_requests 5', 'weir_leads 1', 'weir_runs_jobs 1', 'weir_breaker_open{deployment="resting"} 1', 'weir_account_suspended{account="gone"} 1',
    'weir_database_waiting{priority="jobs"} 4', 'weir_nodes{role="gateway"} 2', 'weir_budget_used_ratio{budget="organization/acme/month"} 0.25', 'weir_ledger_events{state="posted"} 9', 'weir_spend_anomalies 1',
  ]) assert.ok(text.includes(`${line}\n`), line)
  assert.ok(!text.includes('deployment="well"'))
})
