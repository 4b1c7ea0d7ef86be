/** Defects that are planted into a node's wiring, to show that the auditor finds them. Each stands for a mistake that a gateway has made. */
import type { Ports } from '../../src/gateway/ports.ts'
import type { OutcomeRecord } from '../../src/journal/record.ts'
import type { LedgerDefects } from '../memory-ledger.ts'
import type { Trouble } from './plan.ts'
import type { Wire } from './client.ts'

export type WiringDefect =
  | 'hold-kept-when-client-leaves' | 'usage-dropped-on-break' | 'attempt-not-awaited' | 'outcome-not-awaited' | 'lost-not-closed' | 'hold-not-raised' | 'absent-is-free' | 'usage-rounded'
  | 'raw-dropped' | 'recall-ignored' | 'estimate-reported' | 'broken-is-unbilled' | 'last-record-not-shipped'

export interface PlantedDefect {
  readonly name: string
  readonly says: string
  readonly wiring?: WiringDefect
  readonly ledger?: LedgerDefects
  /** Trouble in which it shows. */
  readonly troubles: readonly Trouble[]
}

export const plantedDefects: readonly PlantedDefect[] = [
  { name: 'hold-kept-when-client-leaves', says: 'a hold is not released when the client leaves before its first read', wiring: 'hold-kept-when-client-leaves', troubles: ['clients-leave'] },
  { name: 'usage-dropped-on-break', says: 'usage that came before a stream broke is dropped', wiring: 'usage-dropped-on-break', troubles: ['upstream-faults'] },
  { name: 'attempt-not-awaited', says: 'the provider is dialled before the attempt is committed', wiring: 'attempt-not-awaited', troubles: ['upstream-faults'] },
  { name: 'outcome-not-awaited', says: 'the last bytes leave before the outcome is committed', wiring: 'outcome-not-awaited', troubles: [] },
  { name: 'lost-not-closed', says: 'attempts that a crash left open are not closed', wiring: 'lost-not-closed', troubles: ['node-crash'] },
  { name: 'hold-not-raised', says: 'a second dial goes without more hold', wiring: 'hold-not-raised', troubles: ['upstream-faults'] },
  { name: 'absent-is-free', says: 'absent usage is charged nothing', wiring: 'absent-is-free', troubles: ['upstream-faults'] },
  { name: 'usage-rounded', says: 'reported tokens are rounded to tens', wiring: 'usage-rounded', troubles: [] },
  { name: 'raw-dropped', says: "the provider's own words are not kept", wiring: 'raw-dropped', troubles: [] },
  { name: 'recall-ignored', says: 'a node does not give back what others need', wiring: 'recall-ignored', troubles: ['upstream-faults'] },
  { name: 'estimate-reported', says: 'an estimate is called reported', wiring: 'estimate-reported', troubles: ['upstream-faults'] },
  { name: 'broken-is-unbilled', says: 'a broken connection counts as not billed', wiring: 'broken-is-unbilled', troubles: ['upstream-faults'] },
  { name: 'last-record-not-shipped', says: 'the newest record of a journal is never shipped', wiring: 'last-record-not-shipped', troubles: [] },
  { name: 'ship-twice', says: 'records that are shipped again are posted again', ledger: { shipTwice: true }, troubles: ['repeated-shipments', 'lost-answers'] },
  { name: 'unbalanced', says: 'a transaction is a pico short', ledger: { unbalanced: true }, troubles: [] },
  { name: 'drop-doubtful', says: 'what makes no sense disappears', ledger: { dropDoubtful: true }, troubles: ['upstream-faults'] },
  { name: 'overgrant', says: "leases are granted without looking at other nodes'", ledger: { overgrant: true }, troubles: [] },
  { name: 'forgive-write-off', says: 'what a lost node may have spent is forgiven', ledger: { forgiveWriteOff: true }, troubles: ['journal-lost'] },
  { name: 'forget-charges', says: 'posted charges leave the budget as it was', ledger: { forgetCharges: true }, troubles: [] },
]

const changed = (defect: WiringDefect, outcome: OutcomeRecord): OutcomeRecord => {
  const { raw: _, counts, ...rest } = outcome
  switch (defect) {
    case 'absent-is-free': return outcome.source === 'absent' ? { ...outcome, charge: '0' } : outcome
    case 'usage-rounded': return outcome.counts === undefined ? outcome : { ...outcome, counts: { ...outcome.counts, input: Math.round((outcome.counts.input ?? 0) / 10) * 10 } }
    case 'raw-dropped': return { ...rest, ...(counts === undefined ? {} : { counts }) }
    case 'estimate-reported': return outcome.source === 'estimated' ? { ...outcome, source: 'reported' } : outcome
    case 'broken-is-unbilled': return outcome.outcome === 'failed' && outcome.source === 'absent' ? { ...outcome, billable: 'no', charge: '0' } : outcome
    default: return outcome
  }
}

/** A call's ports with the defect in them. */
export function planted(ports: Ports, defect: WiringDefect | undefined, wire: Wire): Ports {
  if (defect === undefined) return ports
  return {
    ...ports,
    journal: (record) => {
      const written = ports.journal(record.kind === 'outcome' ? changed(defect, record) : record)
      return (defect === 'attempt-not-awaited' && record.kind === 'attempt') || (defect === 'outcome-not-awaited' && record.kind === 'outcome') ? Promise.resolve() : written
    },
    openExchange: (args) => {
      const exchange = ports.openExchange(args)
      if (defect !== 'usage-dropped-on-break' || 'refused' in exchange) return exchange
      return { ...exchange, stream: () => { const pipe = exchange.stream(); return { ...pipe, peek: () => ({ ...pipe.peek(), usage: undefined }) } } }
    },
    leases: {
      ...ports.leases,
      hold: ports.leases.hold, restore: ports.leases.restore,
      raise: (hold, more) => (defect === 'hold-not-raised' ? hold : ports.leases.raise(hold, more)),
      settle: (hold, charge) => {
        if (defect === 'hold-kept-when-client-leaves' && wire.sink.gone() && wire.bytes().length === 0) return
        ports.leases.settle(hold, charge)
      },
    },
  }
}
