/**
 * Runs the FOCUS Foundation's own machine-readable rules of 1.2 (621 of them) on a Cost and Usage table. A rule applies
 * where its applicability criteria are claimed; a comparison with null is neither true nor false, as in SQL, where the
 * official validator runs them, but null is distinct from every value; only what is false is a fault. Dynamic rules have no check and are passed over.
 */
import { z } from 'zod'
import { compare, multiply, parseDecimal } from '../../kernel/decimal.ts'
import type { FocusFault } from './check-focus-14.ts'
import { isCurrency } from '../contracts/currency.ts'
import { type FocusRow, type FocusTable, isFocusTime } from './focus-row.ts'

/** Three conditions of the file are written another way than the rest: `AND` as a name, and `CheckCondition` for a column. */
const check = z.looseObject({ CheckFunction: z.string().optional(), AND: z.unknown().optional(), CheckCondition: z.string().optional() }).transform(({ AND, CheckCondition, ...rest }): Check => ({
  ...(AND === undefined ? {} : { CheckFunction: 'AND', Items: [AND].flat() }), ...(CheckCondition === undefined ? {} : { ColumnName: CheckCondition }), ...rest,
}))
interface Check extends Record<string, unknown> { readonly CheckFunction?: string | undefined }

const rule = z.object({
  Function: z.string(), Reference: z.string(), Status: z.string(), ApplicabilityCriteria: z.array(z.string()),
  ValidationCriteria: z.object({ MustSatisfy: z.string(), Keyword: z.string(), Requirement: check, Condition: check }),
})
export const focusRules = z.object({ ModelRules: z.record(z.string(), rule), ModelDatasets: z.record(z.string(), z.object({ ModelRules: z.array(z.string()) })) })
export type FocusRules = z.infer<typeof focusRules>

/** What our exports claim to support, whatever columns they have. */
export const weirSupports: readonly string[] = [
  'ACCOUNT_NAMING_SUPPORTED', 'COMMITMENT_DISCOUNT_SUPPORTED', 'MULTIPLE_PRICING_CATEGORIES_SUPPORTED', 'NEGOTIATED_PRICING_SUPPORTED', 'PUBLIC_PRICE_LIST_SUPPORTED', 'USAGE_MEASUREMENT_SUPPORTED',
  'UNIT_PRICING_SUPPORTED', 'SUB_ACCOUNT_SUPPORTED', 'BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED', 'RESOURCE_TYPE_ASSIGNMENT_SUPPORTED', 'REGION_SUPPORTED', 'TAGGING_SUPPORTED',
]

/**
 * Rules of the file whose check contradicts their own sentence, replaced by what the sentence says (read 2026-11-23):
 * -003-C demands a value where CommitmentDiscountId is null, its sentence null; -004-C has the same condition turned round
 * and forgets the charge category; -005-M asks for Active, Expired, Pending, the specification for Used and Unused. Of
 * ConsumedQuantity and Tags the condition is turned round. Of SubAccountType one of two conditions is enough, and one is always
 * met. A purchase is to have an effective cost of zero where it covers later charges, which is one with a commitment.
 */
const replaced: Readonly<Record<string, (row: FocusRow) => Truth>> = {
  'CommitmentDiscountStatus-C-003-C': (row) => value(row, 'CommitmentDiscountId') !== null || value(row, 'CommitmentDiscountStatus') === null,
  'CommitmentDiscountStatus-C-004-C': (row) => value(row, 'CommitmentDiscountId') === null || row['ChargeCategory'] !== 'Usage' || value(row, 'CommitmentDiscountStatus') !== null,
  'CommitmentDiscountStatus-C-005-M': (row) => [null, 'Used', 'Unused'].includes(value(row, 'CommitmentDiscountStatus')),
  'ConsumedQuantity-C-006-C': (row) => row['ChargeClass'] === 'Correction' || value(row, 'ConsumedQuantity') !== null,
  'SubAccountType-C-003-C': (row) => (value(row, 'SubAccountId') === null) === (value(row, 'SubAccountType') === null),
  'EffectiveCost-C-005-C': (row) => row['ChargeCategory'] !== 'Purchase' || value(row, 'CommitmentDiscountId') === null || Number(row['EffectiveCost']) === 0,
  'Tags-C-003-C': (row) => value(row, 'Tags') === null || json(row['Tags'] ?? ''),
}

/** Rules whose check can only guess at what their sentence says: two names of one company are no third party that was paid. */
const guessed: ReadonlySet<string> = new Set(['BilledCost-C-005-C'])

type Truth = boolean | undefined
const and = (items: readonly Truth[]): Truth => items.includes(false) ? false : items.includes(undefined) ? undefined : true
const or = (items: readonly Truth[]): Truth => items.includes(true) ? true : items.includes(undefined) ? undefined : false

interface Ground {
  readonly table: FocusTable
  readonly rules: FocusRules
  readonly present: ReadonlySet<string>
  readonly supports: ReadonlySet<string>
  readonly distinct: ReadonlyMap<string, number>
}

const named = (item: Check, name: string): string => {
  const found = item[name]
  return typeof found === 'string' ? found : ''
}
const value = (row: FocusRow, column: string): string | null => row[column] ?? null

function same(left: string | null, right: unknown): Truth {
  if (right === null) return left === null
  if (left === null) return undefined
  return typeof right === 'number' ? Number(left) === right : left === right
}

const json = (text: string): boolean => {
  try { JSON.parse(text); return true } catch (cause) {
    if (cause instanceof SyntaxError) return false
    throw cause
  }
}

const decimalForm = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/
const focusTimeShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/
const simple: Readonly<Record<string, (text: string) => boolean>> = {
  TypeDecimal: (text) => decimalForm.test(text), CheckDecimalValue: (text) => decimalForm.test(text), FormatNumeric: (text) => decimalForm.test(text),
  TypeString: () => true, FormatString: (text) => text.trim() !== '', TypeDateTime: (text) => focusTimeShape.test(text) ? isFocusTime(text) : !Number.isNaN(Date.parse(text)), FormatDateTime: (text) => focusTimeShape.test(text),
  FormatCurrency: (text) => /^[A-Z]{3}$/.test(text), CheckNationalCurrency: isCurrency, FormatUnit: (text) => /^[A-Za-z0-9][\w \-/%().]*$/.test(text), FormatKeyValue: json,
}

function times(ground: Ground, row: FocusRow, item: Check): Truth {
  const [a, b, c] = ['ColumnAName', 'ColumnBName', 'ResultColumnName'].map((name) => { const text = value(row, named(item, name)); return text === null ? undefined : parseDecimal(text) })
  return a === undefined || b === undefined || c === undefined ? undefined : compare(multiply(a, b), c) === 0
}

function evaluate(ground: Ground, item: Check, row: FocusRow): Truth {
  const column = named(item, 'ColumnName')
  switch (item.CheckFunction) {
    case undefined: return true
    case 'AND': return and((item['Items'] as Check[]).map((part) => evaluate(ground, part, row)))
    case 'OR': return or((item['Items'] as Check[]).map((part) => evaluate(ground, part, row)))
    case 'CheckModelRule': return holds(ground, named(item, 'ModelRuleId'), row)
    case 'ColumnPresent': return ground.present.has(column)
    case 'CheckValue': return same(value(row, column), item['Value'])
    case 'CheckNotValue': return same(value(row, column), item['Value']) !== true
    case 'CheckSameValue': case 'CheckNotSameValue': {
      const [a, b] = [value(row, named(item, 'ColumnAName')), value(row, named(item, 'ColumnBName'))]
      return a === null || b === null ? undefined : (a === b) === (item.CheckFunction === 'CheckSameValue')
    }
    case 'CheckGreaterOrEqualThanValue': { const text = value(row, column); return text === null ? undefined : Number(text) >= Number(item['Value']) }
    case 'ColumnByColumnEqualsColumnValue': return times(ground, row, item)
    case 'CheckDistinctCount': {
      const a = value(row, named(item, 'ColumnAName'))
      return a === null ? undefined : (ground.distinct.get(`${named(item, 'ColumnAName')}|${named(item, 'ColumnBName')}|${a}`) ?? 0) === Number(item['ExpectedCount'])
    }
    default: {
      const test = simple[item.CheckFunction]
      if (test === undefined) throw new Error(`the rules use ${item.CheckFunction}, which this checker does not know`)
      const text = value(row, column)
      return text === null ? undefined : test(text)
    }
  }
}

/** Whether a rule applies: supported features, and its column present where it speaks of one. */
function applies(ground: Ground, id: string): boolean {
  const found = ground.rules.ModelRules[id]
  return found !== undefined && found.Status === 'Active' && found.ApplicabilityCriteria.every((name) => ground.supports.has(name))
}

function holds(ground: Ground, id: string, row: FocusRow): Truth {
  const found = ground.rules.ModelRules[id]
  if (found === undefined || !applies(ground, id)) return true
  const instead = replaced[id]
  if (instead !== undefined) return instead(row)
  const { Requirement, Condition } = found.ValidationCriteria
  if (Condition.CheckFunction !== undefined && evaluate(ground, Condition, row) !== true) return true
  return evaluate(ground, Requirement, row)
}

const levelOf = (keyword: string): FocusFault['level'] | undefined => keyword.startsWith('MUST') ? 'error' : keyword.startsWith('SHOULD') || keyword === 'RECOMMENDED' ? 'warning' : undefined

/** Goes down composite rules to those that say something themselves; OR composites are judged whole. */
function walk(ground: Ground, id: string, row: FocusRow, at: number, faults: Map<string, FocusFault>): void {
  const found = ground.rules.ModelRules[id]
  if (found === undefined || !applies(ground, id)) return
  const { Requirement, Condition, Keyword, MustSatisfy } = found.ValidationCriteria
  if (replaced[id] === undefined && Condition.CheckFunction !== undefined && evaluate(ground, Condition, row) !== true) return
  const level = guessed.has(id) ? 'warning' : levelOf(Keyword)
  if (level === undefined) return
  if (found.Function === 'Composite' && Requirement.CheckFunction === 'AND') {
    for (const part of Requirement['Items'] as Check[]) if (part.CheckFunction === 'CheckModelRule') walk(ground, named(part, 'ModelRuleId'), row, at, faults)
    return
  }
  if (found.Function !== 'Presence' && found.Function !== 'Composite' && !ground.present.has(found.Reference)) return
  if (holds(ground, id, row) !== false) return
  const whole = found.Function === 'Presence'
  faults.set(`${id}|${whole ? '' : at}`, { level, rule: id, column: found.Reference, row: whole ? undefined : at, detail: MustSatisfy })
}

function distinctCounts(table: FocusTable, rules: FocusRules): ReadonlyMap<string, number> {
  const pairs = new Map<string, Set<string>>()
  for (const { ValidationCriteria: { Requirement } } of Object.values(rules.ModelRules)) {
    if (Requirement.CheckFunction !== 'CheckDistinctCount') continue
    const [a, b] = [named(Requirement, 'ColumnAName'), named(Requirement, 'ColumnBName')]
    for (const row of table.rows) {
      const key = `${a}|${b}|${value(row, a)}`
      const seen = pairs.get(key) ?? new Set<string>()
      pairs.set(key, seen.add(String(value(row, b))))
    }
  }
  return new Map([...pairs].map(([key, seen]) => [key, seen.size]))
}

/**
 * What a file shows that its provider supports, which decides on the rules that apply to it: a feature without which a column
 * that it has would not be there. Of a feature that has no column of its own, a value in the column that its rule is about.
 */
export function supportedBy(table: FocusTable, rules: FocusRules): readonly string[] {
  const all = Object.values(rules.ModelRules)
  const ofColumn = Map.groupBy(all.filter((item) => item.Function === 'Presence'), (item) => item.Reference)
  return [...new Set(all.flatMap((item) => item.ApplicabilityCriteria))].filter((feature) => {
    const telling = [...ofColumn].filter(([, presence]) => presence.every((item) => item.ApplicabilityCriteria.includes(feature))).map(([column]) => column)
    if (telling.length > 0) return telling.some((column) => table.columns.includes(column))
    const about = all.filter((item) => item.ApplicabilityCriteria.includes(feature)).map((item) => item.Reference)
    return ![...ofColumn.values()].flat().some((item) => item.ApplicabilityCriteria.includes(feature)) && table.rows.some((row) => about.some((column) => value(row, column) !== null))
  })
}

/** Faults of a 1.2 table; errors are MUST rules, warnings SHOULD and RECOMMENDED. */
export function checkFocus12(table: FocusTable, rules: FocusRules, supports: readonly string[] = supportedBy(table, rules)): readonly FocusFault[] {
  const ground: Ground = { table, rules, present: new Set(table.columns), supports: new Set(supports), distinct: distinctCounts(table, rules) }
  const faults = new Map<string, FocusFault>()
  const roots = rules.ModelDatasets['CostAndUsage']?.ModelRules ?? []
  const attributes = Object.keys(rules.ModelRules).filter((id) => /^[A-Za-z]+-A-000-/.test(id))
  table.rows.forEach((row, index) => { for (const id of [...roots, ...attributes]) walk(ground, id, row, index + 1, faults) })
  return [...faults.values()]
}
