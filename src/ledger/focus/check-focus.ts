/** One check for both versions: the foundation's models are given by whoever checks, and each names what it is for. */
import { type FocusFault, type FocusModel, checkFocus14, focusModel } from './check-focus-14.ts'
import { type FocusRules, checkFocus12, focusRules } from './check-focus-12.ts'
import type { FocusTable, FocusVersion } from './focus-row.ts'

export interface FocusModels {
  /** 621 rules that the foundation's validator runs, `model-1.2.json`. */
  readonly '1.2'?: FocusRules
  /** The 1.4 data model as JSON: columns, nulls, types, allowed values. */
  readonly '1.4'?: FocusModel
}

/** The model that a JSON document is; nothing where it is none of the two. */
export function modelIn(json: unknown): FocusModels {
  const rules = focusRules.safeParse(json)
  if (rules.success) return { '1.2': rules.data }
  const model = focusModel.safeParse(json)
  return model.success && model.data.focus_version === '1.4' ? { '1.4': model.data } : {}
}

export type FocusCheck = { readonly status: 'checked'; readonly faults: readonly FocusFault[] } | { readonly status: 'no-model'; readonly version: FocusVersion }

/** Checks a table against the model of its version. A table without rows is a warning: nothing was looked at. */
export function checkFocus(table: FocusTable, models: FocusModels): FocusCheck {
  const empty: readonly FocusFault[] = table.rows.length > 0 ? [] : [{ level: 'warning', rule: 'rows', column: '', row: undefined, detail: 'the table has no rows' }]
  if (table.version === '1.2' && table.dataset === 'Cost and Usage') {
    const rules = models['1.2']
    return rules === undefined ? { status: 'no-model', version: '1.2' } : { status: 'checked', faults: [...empty, ...checkFocus12(table, rules)] }
  }
  const model = models['1.4']
  return model === undefined ? { status: 'no-model', version: '1.4' } : { status: 'checked', faults: [...empty, ...checkFocus14(table, model)] }
}
