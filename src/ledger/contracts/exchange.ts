/**
 * Dated exchange rates. A rate is a fact of a day with a source; the rate of a day is the latest one not after it. Usage
 * in another currency than its contract is priced at the list price of its day, converted at that day's rate.
 */
import { type Decimal, compare, decimal, divideRounded, formatDecimal, multiply } from '../../kernel/decimal.ts'
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

export type SavedRates = { readonly status: 'saved' } | ({ readonly status: 'contradicts'; readonly known: string } & FxRate)

/** Adds rates, all or none; one that is there already with the same figure is left alone, one with another is refused: bills rest on it. */
export async function saveRates(store: Store, rates: readonly FxRate[]): Promise<SavedRates> {
  return store.transaction('admin', async (sql) => {
    // Two that are saved at once take turns, so that the later one is compared with what the earlier one said.
    await sql(`SELECT pg_advisory_xact_lock(hashtextextended('exchange rates', 0))`)
    const known = new Map<string, string>()
    for (const rate of rates) {
      const [stored] = await sql<{ rate: string }>('SELECT rate FROM fx_rate WHERE base = $1 AND quote = $2 AND day = $3', [rate.base, rate.quote, rate.day])
      const key = `${rate.base} ${rate.quote} ${rate.day}`
      const before = stored?.rate ?? known.get(key)
      if (before !== undefined && compare(decimal(before), decimal(rate.rate)) !== 0) return { status: 'contradicts', ...rate, known: formatDecimal(decimal(before)) }
      known.set(key, rate.rate)
    }
    for (const rate of rates) {
      await sql('INSERT INTO fx_rate (base, quote, day, rate, source) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [rate.base, rate.quote, rate.day, rate.rate, rate.source])
    }
    return { status: 'saved' }
  })
}

export type RateOn = (base: string, quote: string, day: string) => Decimal | undefined

/** Rates that may be needed up to a day, read once. Of a direct rate and an inverse one, which is taken to 18 digits, the one of the later day; of the same day, the direct one. */
export async function ratesUntil(sql: Sql, until: string): Promise<RateOn> {
  const rows = await sql<{ base: string; quote: string; day: string; rate: string }>(`SELECT base, quote, to_char(day, 'YYYY-MM-DD') AS day, rate FROM fx_rate WHERE day < $1 ORDER BY day DESC`, [until])
  const find = (base: string, quote: string, day: string) => rows.find((item) => item.base === base && item.quote === quote && item.day <= day)
  return (base, quote, day) => {
    if (base === quote) return decimal(1)
    const direct = find(base, quote, day)
    const inverse = find(quote, base, day)
    if (direct !== undefined && (inverse === undefined || direct.day >= inverse.day)) return decimal(direct.rate)
    return inverse === undefined ? undefined : divideRounded(decimal(1), decimal(inverse.rate), 18)
  }
}

/** The row with its list price in another currency; undefined where no rate is known on its day. */
export function converted(row: UsageRow, currency: string, rateOn: RateOn): UsageRow | undefined {
  if (row.currency === currency) return row
  const rate = rateOn(row.currency, currency, row.day)
  return rate === undefined ? undefined : { ...row, currency, listUnitPrice: multiply(row.listUnitPrice, rate) }
}
