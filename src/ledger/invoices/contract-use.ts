/**
 * What became of what a contract promises: commitments drawn, credits left, provisioned units used. Months that are billed
 * are read as they were recorded; the running month, and those that are over and not billed yet, are rated as they stand now.
 */
import { type Decimal, add, decimal, formatDecimal, formatFixed, multiply, roundHalfEven, subtract, sum, zero } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import { addDays, monthOf, monthsOf, type Period } from '../contracts/calendar.ts'
import { type Contract, holdsOn, type Provisioned, termsOn } from '../contracts/contract.ts'
import { contractsIn } from '../contracts/contract-store.ts'
import { minorDigits } from '../contracts/currency.ts'
import { type RateOn, ratesUntil } from '../contracts/exchange.ts'
import { inputEquivalent, utilisationIn } from '../contracts/provisioned.ts'
import { carriersOf } from '../contracts/price-usage.ts'
import { commitmentDraws, commitmentEnd } from '../contracts/rate-contract.ts'
import type { UsageRow } from '../contracts/usage-row.ts'
import { monthUsage } from './month-usage.ts'
import { drawnBefore, inOneCurrency } from './rate-month.ts'

/** Amounts in the contract's currency, as decimal texts. */
export interface ContractUse {
  readonly commitments: readonly { readonly id: string; readonly from: string; readonly until: string; readonly amount: string; readonly drawn: string; readonly drawnThisMonth: string; readonly left: string }[]
  readonly credits: readonly { readonly id: string; readonly from: string; readonly expires: string | undefined; readonly amount: string; readonly drawn: string; readonly left: string }[]
  readonly provisioned: readonly {
    readonly id: string; readonly model: string; readonly count: number; readonly term: string; readonly unitPrice: string
    /** Of the running month up to now. `capacity` and `used` count input-equivalent tokens. */
    readonly cost: string; readonly capacity: string | undefined; readonly used: string; readonly utilisation: string | undefined; readonly unusedCost: string
    /** Cost of a million input-equivalent tokens as they were really used, twelve digits; undefined where none was. */
    readonly perMillion: string | undefined
  }[]
}

/** Input-equivalent tokens that units carried. */
function tokensThrough(rows: readonly UsageRow[], contract: Contract, item: Provisioned): Decimal {
  const carrierOf = carriersOf(contract)
  return sum(rows.filter((row) => carrierOf(row)?.id === item.id).map((row) => inputEquivalent(item, row.meter, row.quantity)))
}

async function creditsDrawn(sql: Sql, contract: string): Promise<ReadonlyMap<string, Decimal>> {
  const rows = await sql<{ grant_id: string; amount: string }>('SELECT grant_id, sum(amount) AS amount FROM credit_draw WHERE contract = $1 AND active GROUP BY grant_id', [contract])
  return new Map(rows.map((row) => [row.grant_id, decimal(row.amount)]))
}

/**
 * Months before this one of which no invoice stands yet: since something was used, or since the contract was recorded, for
 * units are charged without use too. What a contract says of earlier months was settled elsewhere.
 */
async function unbilledMonths(sql: Sql, id: string, party: string, before: string): Promise<readonly string[]> {
  const [row] = await sql<{ since: string | null }>(`SELECT to_char(least((SELECT min(day) FROM usage_day WHERE organization = $1), (SELECT min(recorded_at AT TIME ZONE 'UTC')::date FROM contract WHERE id = $2)), 'YYYY-MM-DD') AS since`, [party, id])
  const [since, until] = [row?.since ?? undefined, `${before}-01`]
  if (since === undefined || since >= until) return []
  const billed = new Set((await sql<{ month: string }>(`SELECT month FROM invoice WHERE organization = $1 AND kind = 'invoice' AND status IN ('issued', 'paid')`, [party])).map(({ month }) => month))
  return monthsOf({ from: since, until }).map(({ from }) => monthOf(from)).filter((month) => !billed.has(month))
}

/** What months that are not billed yet will draw of commitments, by usage and by units, each on the days on which the contract holds. */
async function drawsToCome(sql: Sql, { id, party, currency, side }: Contract, before: string, rateOn: RateOn): Promise<ReadonlyMap<string, Decimal>> {
  const draws = new Map<string, Decimal>()
  if (side !== 'customer') return draws
  for (const month of await unbilledMonths(sql, id, party, before)) {
    const contract = (await contractsIn(sql, party, side, month, currency)).find((part) => part.contract.id === id)?.contract
    if (contract === undefined) continue
    const used = (await monthUsage(sql, party, month)).filter((row) => holdsOn(contract, row.day))
    for (const [commitment, amount] of commitmentDraws(inOneCurrency(used, currency, rateOn), contract, month)) draws.set(commitment, add(draws.get(commitment) ?? zero, amount))
  }
  return draws
}

/** Use of a customer's contract up to and with `today`. Throws where usage cannot be converted for want of a rate. */
export async function contractUse(store: Store, saved: Contract, version: number, today: string): Promise<ContractUse> {
  return store.transaction('jobs', async (sql) => {
    const month = monthOf(today)
    const holding = saved.side === 'customer' ? await contractsIn(sql, saved.party, 'customer', month, saved.currency) : []
    // With the days on which it holds, where another contract takes its place on some.
    const contract = holding.find((part) => part.contract.id === saved.id && part.version === version)?.contract ?? saved
    const terms = termsOn(contract, today)
    const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, minorDigits(contract.currency)))
    const used = (await monthUsage(sql, contract.party, month)).filter((row) => holdsOn(contract, row.day))
    const rateOn = await ratesUntil(sql, addDays(today, 1))
    const rows = inOneCurrency(used, contract.currency, rateOn)
    const before = await drawnBefore(sql, contract.id, month)
    const toCome = contract.terms.commitments.length + contract.amendments.length === 0 ? new Map<string, Decimal>() : await drawsToCome(sql, contract, month, rateOn)
    const now = commitmentDraws(rows, contract, month)
    const credits = await creditsDrawn(sql, contract.id)
    const soFar: Period = { from: `${month}-01`, until: addDays(today, 1) }
    return {
      commitments: terms.commitments.map((item) => {
        const end = commitmentEnd(contract, item)
        const drawn = add(add(before.get(item.id) ?? zero, toCome.get(item.id) ?? zero), now.get(item.id) ?? zero)
        return { id: item.id, from: item.from, until: end.until, amount: fixed(end.amount), drawn: fixed(drawn), drawnThisMonth: fixed(now.get(item.id) ?? zero), left: fixed(subtract(end.amount, drawn)) }
      }),
      credits: terms.credits.map((item) => {
        const drawn = credits.get(item.id) ?? zero
        return { id: item.id, from: item.from, expires: item.expires, amount: fixed(decimal(item.amount)), drawn: fixed(drawn), left: fixed(subtract(decimal(item.amount), drawn)) }
      }),
      provisioned: terms.provisioned.map((item) => {
        const used = utilisationIn(contract, item, soFar, tokensThrough(rows, contract, item))
        return {
          id: item.id, model: item.model, count: item.count, term: item.term, unitPrice: item.unitPrice, cost: fixed(used.cost), unusedCost: fixed(used.unusedCost), used: formatDecimal(used.used),
          capacity: used.capacity === undefined ? undefined : formatDecimal(used.capacity), utilisation: used.utilisation === undefined ? undefined : formatDecimal(used.utilisation),
          perMillion: used.perToken === undefined ? undefined : formatDecimal(multiply(used.perToken, decimal(1_000_000))),
        }
      }),
    }
  })
}
