/**
 * Which deployments are fit to dial. Two states, kept apart:
 *
 *   deployment:  closed ──failuresMax in a row──► open ──cooled──► half-open ──success──► closed
 *                                                  ▲                   └──failure──► open (twice as long)
 *   account:     working ──refused for who we are──► suspended ──new credentials or a person──► working
 *
 * A suspended account takes all of its deployments out together, and nothing is retried there (DESIGN.md, Supplier gone).
 * So does one that its supplier is known to block, until that ends; one that is throttled yields a share of its calls.
 */
import { accountPenalties, type AccountPenalty } from './account-penalties.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Deployment, ProviderAccount } from './snapshot.ts'

export interface Suspension {
  readonly account: string
  /** Milliseconds. */
  readonly since: number
  readonly reason: string
  /** The credential that was refused; another one lifts the suspension. */
  readonly credential: string | undefined
}

export interface Breaker {
  /** Closed, half-open with its one trial free, or undefined account trouble. */
  readonly fit: (deployment: Deployment) => boolean
  /** Takes the trial of a half-open breaker; called right before the dial. */
  readonly dialled: (deployment: Deployment) => void
  readonly succeeded: (deployment: Deployment) => void
  /** True when this opened it: it was closed until now. */
  readonly failed: (deployment: Deployment) => boolean
  /** True when this made the difference: the account was working until now. */
  readonly suspend: (account: ProviderAccount, reason: string) => boolean
  readonly reinstate: (account: string) => boolean
  readonly suspended: (account: ProviderAccount) => Suspension | undefined
  /** What suppliers impose from now on, all of it. Answers what was not there before. */
  readonly penalize: (penalties: readonly AccountPenalty[]) => readonly AccountPenalty[]
  /** Whether this call of a throttled account goes elsewhere, where it can: the stated share stays, spread evenly. */
  readonly yields: (account: ProviderAccount) => boolean
  readonly states: () => readonly BreakerState[]
  readonly suspensions: () => readonly Suspension[]
}

export interface BreakerState {
  readonly deployment: string
  readonly state: 'closed' | 'open' | 'half-open'
  readonly failures: number
  readonly opensAgainAt: number | undefined
}

interface Circuit {
  failures: number
  /** Monotonic milliseconds until which it stays open; 0 when closed. */
  openUntil: number
  coolingMs: number
  trial: boolean
}

export interface BreakerOptions {
  readonly clock: Clock
  /** Failures in a row that open it. */
  readonly failuresMax?: number
  readonly coolingMs?: number
  readonly coolingMaxMs?: number
}

const suspensionBy = ({ account, sinceMs, says }: AccountPenalty): Suspension => ({ account, since: sinceMs, reason: says, credential: undefined })

export function makeBreaker({ clock, failuresMax = 5, coolingMs = 5_000, coolingMaxMs = 60_000 }: BreakerOptions): Breaker {
  const circuits = new Map<string, Circuit>()
  const accounts = new Map<string, Suspension>()
  const penalties = accountPenalties(clock)

  const circuitOf = (id: string): Circuit => {
    let circuit = circuits.get(id)
    if (circuit === undefined) circuits.set(id, (circuit = { failures: 0, openUntil: 0, coolingMs, trial: false }))
    return circuit
  }
  const credentialOf = (account: ProviderAccount): string | undefined => account.apiKey ?? account.entra?.clientSecret
  const blockedBy = ({ account }: ProviderAccount): Suspension | undefined => {
    const found = penalties.block(account)
    return found === undefined ? undefined : suspensionBy(found)
  }
  const suspended = (account: ProviderAccount): Suspension | undefined => {
    const found = accounts.get(account.account)
    if (found === undefined) return blockedBy(account)
    if (found.credential === credentialOf(account)) return found
    accounts.delete(account.account)
    return blockedBy(account)
  }

  return {
    suspended,
    fit: (deployment) => {
      if (suspended(deployment.provider) !== undefined) return false
      const circuit = circuits.get(deployment.id)
      if (circuit === undefined || circuit.openUntil === 0) return true
      return clock.monotonic() >= circuit.openUntil && !circuit.trial
    },
    dialled: (deployment) => {
      const circuit = circuits.get(deployment.id)
      if (circuit !== undefined && circuit.openUntil !== 0) circuit.trial = true
    },
    succeeded: (deployment) => {
      const circuit = circuits.get(deployment.id)
      if (circuit === undefined || (circuit.failures === 0 && circuit.openUntil === 0)) return
      circuits.delete(deployment.id)
    },
    failed: (deployment) => {
      const circuit = circuitOf(deployment.id)
      circuit.failures += 1
      if (circuit.trial) circuit.coolingMs = Math.min(circuit.coolingMs * 2, coolingMaxMs)
      const closed = circuit.openUntil === 0
      if (circuit.trial || circuit.failures >= failuresMax) circuit.openUntil = clock.monotonic() + circuit.coolingMs
      circuit.trial = false
      return closed && circuit.openUntil !== 0
    },
    suspend: (account, reason) => {
      if (suspended(account) !== undefined) return false
      accounts.set(account.account, { account: account.account, since: clock.now(), reason, credential: credentialOf(account) })
      return true
    },
    reinstate: (account) => {
      const penalized = penalties.lift(account)
      return accounts.delete(account) || penalized
    },
    penalize: penalties.set,
    yields: ({ account }) => penalties.yields(account),
    states: () =>
      [...circuits].map(([deployment, circuit]) => ({
        deployment,
        state: circuit.openUntil === 0 ? 'closed' : clock.monotonic() >= circuit.openUntil ? 'half-open' : 'open',
        failures: circuit.failures,
        opensAgainAt: circuit.openUntil === 0 ? undefined : clock.now() + Math.max(0, circuit.openUntil - clock.monotonic()),
      })),
    suspensions: () => [...accounts.values(), ...penalties.blocks().filter((one) => !accounts.has(one.account)).map(suspensionBy)],
  }
}
