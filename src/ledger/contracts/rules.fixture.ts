/**
 * Contract rules as text tables. Each case: the members of a contract in YAML, usage rows, and the lines that must come
 * out. A row: day, project, model, meter, quantity, list price per million, deployment, tier. A line: kind, rule, project,
 * meter, quantity, unit price, payable. `-` stands for nothing. `total` closes the case.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimal, divideRounded, formatDecimal, formatFixed } from '../../kernel/decimal.ts'
import type { Meter } from '../../kernel/meters.ts'
import { type Contract } from './contract.ts'
import { parseContract } from './parse-contract.ts'
import { rateUnderContract } from './rate-contract.ts'
import type { UsageRow } from './usage-row.ts'

export function contractOf(members: string, head = ''): Contract {
  const lines = members.split('\n').filter((line) => line.trim() !== '')
  const indent = lines[0]?.search(/\S/) ?? 0
  const body = lines.map((line) => line.slice(indent)).join('\n')
  const result = parseContract(`id: c1\nparty: acme\nside: customer\ncurrency: USD\nterm: { from: 2026-01-01 }\n${head}${body}\n`)
  if ('faults' in result) assert.fail(JSON.stringify(result.faults))
  return result.contract
}

export function rowOf(text: string): UsageRow {
  const [day = '', project = '', model = '', meter = '', quantity = '', perMillion = '', deployment = 'main', tier = 'default'] = text.trim().split(/\s+/)
  return {
    organization: 'acme', project, model, deployment, meter: meter as Meter, tier, day, currency: 'USD',
    quantity: decimal(quantity.replaceAll('_', '')), listUnitPrice: divideRounded(decimal(perMillion), decimal(1_000_000), 12), priceRow: `p-${model}-${meter}`, calls: 1,
  }
}

export interface Case {
  readonly name: string
  readonly period?: readonly [string, string]
  readonly head?: string
  readonly contract: string
  /** What months before drew down of commitments: `k 600`. */
  readonly drawn?: string
  readonly rows: string
  readonly lines: string
}

export function checkCases(cases: readonly Case[]): void {
  for (const item of cases) {
    test(item.name, () => {
      const rows = item.rows.split('\n').filter((line) => line.trim() !== '').map(rowOf)
      const [from, until] = item.period ?? ['2026-11-01', '2026-12-01']
      const [commitment, drawn] = (item.drawn ?? '').split(' ')
      const rated = rateUnderContract(rows, contractOf(item.contract, item.head), { from, until }, drawn === undefined || commitment === undefined ? new Map() : new Map([[commitment, decimal(drawn)]]))
      const got = rated.lines.map((line) => [line.kind, line.rule.replaceAll(' ', '_'), line.project ?? '-', line.meter ?? '-', formatDecimal(line.quantity), formatDecimal(line.unitPrice), formatFixed(line.payable)].join(' '))
      const expected = item.lines.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))
      assert.deepEqual([...got, `total ${formatFixed(rated.total)}`].sort(), expected.sort())
    })
  }
}
