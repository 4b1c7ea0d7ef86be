/** What ends when: contracts, commitments, credits, reserved units, models that are retired and the keys that call them. */
import { addDays, dayOf, daysBetween } from '../ledger/contracts/calendar.ts'
import { type Contract, termsOn } from '../ledger/contracts/contract.ts'
import { termsBought } from '../ledger/contracts/provisioned.ts'
import { dayStart } from '../ledger/contracts/calendar.ts'
import type { Source } from './figure.ts'

export interface Retirement {
  /** Public name, or what the provider calls it. */
  readonly model: string
  readonly retires: string
  readonly replacement?: string | undefined
  readonly source: string
  /** Row that said so. */
  readonly id: string
}

/** A key that may call a model, with its calls of the last weeks. */
export interface KeyUse {
  readonly key: string
  readonly organization: string
  readonly project: string
  readonly model: string
  readonly calls: number
}

export interface Ending {
  readonly day: string
  /** From today; negative: passed. */
  readonly days: number
  readonly what: 'contract' | 'commitment' | 'credit' | 'reserved units' | 'model retirement'
  readonly name: string
  readonly party: string | undefined
  readonly says: string
  /** Of a commitment or credit, with its currency. */
  readonly amount?: string | undefined
  /** What the maker of a retired model names instead. */
  readonly replacement?: string | undefined
  readonly keys: readonly { readonly key: string; readonly project: string; readonly calls: number }[]
  readonly input: Source
}

export interface CalendarInput {
  readonly today: string
  readonly contracts: readonly { readonly contract: Contract; readonly version: number }[]
  readonly retirements: readonly Retirement[]
  readonly keys: readonly KeyUse[]
  readonly horizonDays?: number
}

export function endings({ today, contracts, retirements, keys, horizonDays = 400 }: CalendarInput): readonly Ending[] {
  const all = [...contracts.flatMap((stored) => endingsOf(stored, today, horizonDays)), ...retirements.map((item) => retirement(item, today, keys))]
  return all.filter(({ days }) => days >= 0 && days <= horizonDays).toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.name < b.name ? -1 : 1))
}

function endingsOf({ contract, version }: CalendarInput['contracts'][number], today: string, horizonDays: number): readonly Ending[] {
  const terms = termsOn(contract, today)
  const source = (date: string): Source => ({ kind: 'contract', id: `${contract.id} version ${version}`, date })
  const make = (what: Ending['what'], name: string, day: string, says: string, amount?: string): Ending =>
    ({ day, days: daysBetween(today, day), what, name, party: contract.party, says, amount: amount === undefined ? undefined : `${amount} ${contract.currency}`, keys: [], input: source(day) })
  const found: Ending[] = []
  if (contract.term.until !== undefined) found.push(make('contract', contract.id, contract.term.until, `${contract.side} contract ends`))
  for (const item of terms.commitments) found.push(make('commitment', `${contract.id}/${item.id}`, item.until, `commitment of ${item.amount} ${contract.currency} ends`, item.amount))
  for (const item of terms.credits) if (item.expires !== undefined) found.push(make('credit', `${contract.id}/${item.id}`, item.expires, `credit of ${item.amount} ${contract.currency} expires`, item.amount))
  const far = dayStart(addDays(today, horizonDays))
  for (const item of terms.provisioned) {
    const name = `${contract.id}/${item.id}`
    const units = `${item.count} units for ${item.model}`
    if (item.term === 'hourly') {
      if (item.until !== undefined) found.push(make('reserved units', name, item.until.slice(0, 10), `${units}, by the hour, end`))
      continue
    }
    // Of terms that are bought again and again the next end is the one to decide on, and the last one stays.
    const days = termsBought(contract, item, far).map((term) => dayOf(term.span.until)).filter((day) => day >= today)
    const renewed = (day: string): boolean => item.until === undefined || day < item.until.slice(0, 10)
    for (const day of days.filter((each, index) => index === 0 || !renewed(each))) found.push(make('reserved units', name, day, `${units}, ${item.term}: the term ends${renewed(day) ? ' and is bought again unless it is ended' : ''}`))
  }
  return found
}

function retirement(item: Retirement, today: string, keys: readonly KeyUse[]): Ending {
  const affected = keys.filter((use) => use.model === item.model).toSorted((a, b) => b.calls - a.calls)
  const next = item.replacement === undefined ? '' : `; its maker names ${item.replacement} as replacement`
  return {
    day: item.retires, days: daysBetween(today, item.retires), what: 'model retirement', name: item.model, party: undefined,
    says: `${item.model} is retired (${item.source}); ${affected.length} keys call it${next}`, replacement: item.replacement,
    keys: affected.map(({ key, organization, project, calls }) => ({ key, project: `${organization}/${project}`, calls })),
    input: { kind: 'retirement', id: item.id, date: item.retires },
  }
}
