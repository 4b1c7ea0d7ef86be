/** What each party's book says at a moment: read before and after an act, the difference is what the act did. */
import { decimal, formatDecimal, sum } from '../../src/kernel/decimal.ts'
import type { Play } from './play.ts'

export type Book = 'buyer' | 'cloud' | 'maker' | 'own'

/** A figure of one party's book. `figure` is a word that pages and commands know; `value` is exact text. */
export interface BookFigure {
  readonly book: Book
  readonly figure: string
  readonly value: string
  readonly unit: 'USD' | 'calls' | 'tokens' | 'count'
}

interface List<T> { readonly data: readonly T[] }
interface Usage { readonly organization: string; readonly deployment: string; readonly maker: string; readonly calls: number; readonly cost: string; readonly input_tokens: number; readonly output_tokens: number }
interface Invoice { readonly organization: string; readonly total: string; readonly status: string }
interface Case { readonly source: string; readonly restrictions: readonly { readonly status: string }[] }
interface Registered { readonly kind: string }

const money = (amounts: readonly string[]): string => formatDecimal(sum(amounts.map(decimal)))

export async function readBooks(play: Pick<Play, 'get'>): Promise<readonly BookFigure[]> {
  const get = async <T>(path: string): Promise<readonly T[]> => (await play.get<List<T>>(path)).data
  const usage = await get<Usage>('/admin/v1/usage?group_by=organization,deployment,maker')
  const invoices = (await get<Invoice>('/admin/v1/invoices')).filter((one) => one.status !== 'draft')
  const cases = await get<Case>('/admin/v1/cases')
  const lineage = await get<Registered>('/admin/v1/lineage')
  const contracts = await get<object>('/admin/v1/contracts')
  const clauses = await get<{ readonly signed: boolean }>('/admin/v1/terms/clauses')
  const diversions = await get<{ readonly steps: readonly object[] }>('/admin/v1/diversions')
  const guidance = await get<object>('/admin/v1/outlook/records/guidance')
  const buyer = usage.filter((row) => row.organization === 'buyer')
  const own = usage.filter((row) => row.deployment.startsWith('own/'))
  const made = usage.filter((row) => row.maker === 'openai' && !row.deployment.startsWith('own/'))
  const calls = (rows: readonly Usage[]): string => String(rows.reduce((total, row) => total + row.calls, 0))
  const tokens = (rows: readonly Usage[]): string => String(rows.reduce((total, row) => total + row.input_tokens + row.output_tokens, 0))
  const count = (rows: readonly unknown[]): string => String(rows.length)
  return [
    { book: 'buyer', figure: 'calls', value: calls(buyer), unit: 'calls' },
    { book: 'buyer', figure: 'spend', value: money(buyer.map((row) => row.cost)), unit: 'USD' },
    { book: 'buyer', figure: 'invoiced', value: money(invoices.filter((one) => one.organization === 'buyer').map((one) => one.total)), unit: 'USD' },
    { book: 'buyer', figure: 'restrictions', value: count(cases.flatMap((one) => one.restrictions.filter((each) => each.status === 'in-force'))), unit: 'count' },
    { book: 'buyer', figure: 'datasets', value: count(lineage.filter((one) => one.kind === 'dataset')), unit: 'count' },
    { book: 'cloud', figure: 'revenue', value: money(usage.map((row) => row.cost)), unit: 'USD' },
    { book: 'cloud', figure: 'invoices', value: count(invoices), unit: 'count' },
    { book: 'cloud', figure: 'billed', value: money(invoices.map((one) => one.total)), unit: 'USD' },
    { book: 'cloud', figure: 'contracts', value: count(contracts), unit: 'count' },
    { book: 'cloud', figure: 'cases', value: count(cases), unit: 'count' },
    { book: 'cloud', figure: 'guidance', value: count(guidance), unit: 'count' },
    { book: 'maker', figure: 'tokens', value: tokens(made), unit: 'tokens' },
    { book: 'maker', figure: 'clauses', value: count(clauses.filter((one) => one.signed)), unit: 'count' },
    { book: 'maker', figure: 'complaints', value: count(cases.filter((one) => one.source === 'referral')), unit: 'count' },
    { book: 'own', figure: 'calls', value: calls(own), unit: 'calls' },
    { book: 'own', figure: 'models', value: count(lineage.filter((one) => one.kind === 'model')), unit: 'count' },
    { book: 'own', figure: 'diversions', value: count(diversions.flatMap((one) => one.steps)), unit: 'count' },
  ]
}
