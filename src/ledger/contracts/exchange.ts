/**
 * Dated exchange rates. A rate is a fact of a day with a source; the rate of a day is the latest one not after it. Usage
 * in another currency than its contract is priced at the list price of its day, converted at that day's rate.
 */
import { type Decimal, decimal, divideRounded, multiply } from '../../kernel/decimal.ts'
import type { Sql, Store } from '../../store/store.ts'
import type { UsageRow } from './usage-row.ts'

export interface FxRate {
  readonly base: string
  readonly quote: string
  /** Day from which it holds. */
  readonly day: string
  /** Quote currency for one unit of base. */
  readonly rate: string
  readonly source: string
}

/** Adds rates; one that is there already with the same figure is left alone, with another it is refused by the database. */
export async function saveRates(store: Store, rates: readonly FxRate[]): Promise<void> {
  await store.transaction('admin', async (sql) => {
    for (const rate of rates) {
      const [known] = await sql<{ rate: string }>('SELECT rate FROM fx_rate WHERE base = $1 AND quote = $2 AND day = $3', [rate.base, rate.quote, rate.day])
      if (known !== undefined && Number(known.rate) === Number(rate.rate)) continue
      await sql('INSERT INTO fx_rate (base, quote, day, rate, source) VALUES ($1, $2, $3, $4, $5)', [rate.base, rate.quote, rate.day, rate.rate, rate.source])
    }
  })
}

export type RateOn = (base: string, quote: string, day: string) => Decimal | undefined

/** Rates that may be needed up to a day, read once. Looks for the direct rate, then for the inverse to 18 digits. */
export async function ratesUntil(sql: Sql, until: string): Promise<RateOn> {
  const rows = await sql<{ base: string; quote: string; day: string; rate: string }>(`SELECT base, quote, to_char(day, 'YYYY-MM-DD') AS day, rate FROM fx_rate WHERE day < $1 ORDER BY day DESC`, [until])
  const find = (base: string, quote: string, day: string): Decimal | undefined => {
    const row = rows.find((item) => item.base === base && item.quote === quote && item.day <= day)
    return row === undefined ? undefined : decimal(row.rate)
  }
  return (base, quote, day) => {
    if (base === quote) return decimal(1)
    const direct = find(base, quote, day)
    if (direct !== undefined) return direct
    const inverse = find(quote, base, day)
    return inverse === undefined ? undefined : divideRounded(decimal(1), inverse, 18)
  }
}

/** The row with its list price in another currency; undefined where no rate is known on its day. */
export function converted(row: UsageRow, currency: string, rateOn: RateOn): UsageRow | undefined {
  if (row.currency === currency) return row
  const rate = rateOn(row.currency, currency, row.day)
  return rate === undefined ? undefined : { ...row, currency, listUnitPrice: multiply(row.listUnitPrice, rate) }
}
