/** The terms of a contract or agreement, each rule as a sentence with its scope. */
import type { ReactNode } from 'react'
import { useFormat, type Format } from '../format.ts'
import { useWords, type Spoken, type Words } from '../language.ts'
import { Panel } from '../parts/panel.tsx'

interface Scope { readonly models?: readonly string[]; readonly meters?: readonly string[]; readonly tiers?: readonly string[]; readonly projects?: readonly string[] }
interface Band { readonly upTo?: string; readonly perMillion?: string; readonly perUnit?: string; readonly discountPercent?: string }

/** What this page reads of a contract's terms, or of an agreement with a maker. */
export interface Terms {
  readonly prices?: readonly (Scope & { readonly perMillion?: string; readonly perUnit?: string })[]
  readonly discounts?: readonly (Scope & { readonly percent: string })[]
  readonly allowances?: readonly (Scope & { readonly id: string; readonly quantity: string })[]
  readonly quantityTiers?: readonly (Scope & { readonly id: string; readonly kind: string; readonly bands: readonly Band[] })[]
  readonly spendTiers?: readonly (Scope & { readonly id: string; readonly kind: string; readonly bands: readonly Band[] })[]
  readonly minimum?: { readonly amount: string }
  readonly commitments?: readonly (Scope & { readonly id: string; readonly amount: string; readonly from: string; readonly until: string })[]
  readonly credits?: readonly { readonly id: string; readonly amount: string; readonly from: string; readonly expires?: string; readonly paid?: boolean }[]
  readonly provisioned?: readonly { readonly id: string; readonly count: number; readonly model: string; readonly term: string; readonly unitPrice: string; readonly from: string; readonly until?: string; readonly region?: string }[]
  readonly paymentDays?: number
  readonly creditLimit?: string
  readonly shares?: readonly { readonly models?: readonly string[]; readonly percent: string; readonly base?: string; readonly floorPerMillionTokens?: string }[]
  readonly passThrough?: readonly { readonly models?: readonly string[]; readonly percentOfList?: string }[]
  readonly minimumGuarantee?: { readonly amount: string; readonly from: string; readonly until: string }
  readonly compute?: readonly { readonly asset: string; readonly perGpuHour?: string; readonly costPlusPercent?: string }[]
  readonly computeCredits?: readonly { readonly id: string; readonly amount: string; readonly from: string; readonly until: string }[]
}

const words = {
  title: ['Terms in force', 'Condizioni in vigore'], list: ['List prices, and nothing else', 'Prezzi di listino e nient’altro'], everything: ['everything', 'tutto'], prices: ['Negotiated prices', 'Prezzi negoziati'], discounts: ['Discounts off the list', 'Sconti sul listino'], allowances: ['Free allowances, each month', 'Quantità gratuite mensili'], quantityTiers: ['Prices by quantity', 'Prezzi per quantità'], spendTiers: ['Discounts by spend', 'Sconti per spesa'],
  minimum: ['Monthly minimum', 'Minimo mensile'], commitments: ['Commitments', 'Impegni di spesa'], credits: ['Credits', 'Crediti'], provisioned: ['Provisioned units', 'Unità riservate'], shares: ['The maker’s share', 'Quota del produttore'], passThrough: ['Cost handed on', 'Costi riaddebitati'], guarantee: ['Minimum guarantee', 'Minimo garantito'], compute: ['Compute that the maker uses', 'Calcolo usato dal produttore'], computeCredits: ['Compute credits', 'Crediti di calcolo'],
  perMillion: [(a: string) => `${a} per million`, (a: string) => `${a} al milione`], perUnit: [(a: string) => `${a} each`, (a: string) => `${a} per unità`], off: [(p: string) => `${p} % off`, (p: string) => `${p} % di sconto`], upTo: [(q: string) => `up to ${q}`, (q: string) => `fino a ${q}`], beyond: ['beyond', 'oltre'], units: [(q: string) => `${q} units`, (q: string) => `${q} unità`], graduated: ['graduated: each band prices what falls into it', 'a scaglioni: ogni fascia vale per la sua parte'], volume: ['volume: the band reached prices all of it', 'a volume: la fascia raggiunta vale per tutto'],
  span: [(a: string, b: string) => `${a} – ${b}`, (a: string, b: string) => `${a} – ${b}`], prepaid: ['bought in advance', 'acquistato in anticipo'], granted: ['granted', 'concesso'], unitsOf: [(n: string, model: string, price: string, term: string) => `${n} × ${model}, ${price} each, ${term}`, (n: string, model: string, price: string, term: string) => `${n} × ${model}, ${price} ciascuna, ${term}`], hourly: ['hourly', 'a ore'], monthly: ['monthly', 'mensile'], yearly: ['yearly', 'annuale'],
  percentOf: [(p: string, base: string) => `${p} % of ${base}`, (p: string, base: string) => `${p} % di ${base}`], net: ['what the customer was billed', 'quanto fatturato al cliente'], listBase: ['the list price', 'il prezzo di listino'], floor: [(a: string) => `at least ${a} per million tokens`, (a: string) => `almeno ${a} al milione di token`], gpuHour: [(a: string) => `${a} per GPU-hour`, (a: string) => `${a} per ora GPU`], costPlus: [(p: string) => `our cost and ${p} %`, (p: string) => `il nostro costo più ${p} %`],
} as const satisfies Words

type W = Spoken<typeof words>
interface Rule { readonly what: string; readonly how: string }
interface Section { readonly title: string; readonly note?: string; readonly rules: readonly Rule[] }

const scopeOf = (scope: Scope, w: W): string => {
  const parts = [scope.models, scope.meters, scope.tiers, scope.projects].filter((one) => one !== undefined).map((one) => one.join(', '))
  return parts.length === 0 ? w.everything : parts.join(' · ')
}

function priceSections(terms: Terms, w: W, money: (amount: string) => string, format: Format): readonly Section[] {
  const unit = (row: Band): string => row.discountPercent !== undefined ? w.off(row.discountPercent) : row.perMillion !== undefined ? w.perMillion(money(row.perMillion)) : w.perUnit(money(row.perUnit ?? '0'))
  const bands = (rows: readonly Band[], edge: (text: string) => string): string => rows.map((row) => `${row.upTo === undefined ? w.beyond : w.upTo(edge(row.upTo))}: ${unit(row)}`).join('; ')
  const kind = (one: string): string => (one === 'volume' ? w.volume : w.graduated)
  return [
    { title: w.prices, rules: (terms.prices ?? []).map((one) => ({ what: scopeOf(one, w), how: unit(one) })) },
    { title: w.discounts, rules: (terms.discounts ?? []).map((one) => ({ what: scopeOf(one, w), how: w.off(one.percent) })) },
    { title: w.allowances, rules: (terms.allowances ?? []).map((one) => ({ what: `${one.id} · ${scopeOf(one, w)}`, how: w.units(format.count(Number(one.quantity))) })) },
    { title: w.quantityTiers, rules: (terms.quantityTiers ?? []).map((one) => ({ what: `${one.id} · ${scopeOf(one, w)} · ${kind(one.kind)}`, how: bands(one.bands, (text) => format.count(Number(text))) })) },
    { title: w.spendTiers, rules: (terms.spendTiers ?? []).map((one) => ({ what: `${one.id} · ${scopeOf(one, w)} · ${kind(one.kind)}`, how: bands(one.bands, money) })) },
  ]
}

function promiseSections(terms: Terms, w: W, money: (amount: string) => string, format: Format): readonly Section[] {
  const span = (from: string, until: string | undefined): string => w.span(format.date(from), until === undefined ? '…' : format.date(until))
  const length = { hourly: w.hourly, monthly: w.monthly, yearly: w.yearly } as const
  return [
    { title: w.minimum, rules: terms.minimum === undefined ? [] : [{ what: w.everything, how: money(terms.minimum.amount) }] },
    { title: w.commitments, rules: (terms.commitments ?? []).map((one) => ({ what: `${one.id} · ${scopeOf(one, w)} · ${span(one.from, one.until)}`, how: money(one.amount) })) },
    { title: w.credits, rules: (terms.credits ?? []).map((one) => ({ what: `${one.id} · ${one.paid === false ? w.granted : w.prepaid} · ${span(one.from, one.expires)}`, how: money(one.amount) })) },
    { title: w.provisioned, rules: (terms.provisioned ?? []).map((one) => ({ what: `${one.id} · ${span(one.from.slice(0, 10), one.until?.slice(0, 10))}`, how: w.unitsOf(format.count(one.count), one.model, money(one.unitPrice), length[one.term as 'hourly'] ?? one.term) })) },
  ]
}

function makerSections(terms: Terms, w: W, money: (amount: string) => string, format: Format): readonly Section[] {
  const span = (from: string, until: string): string => w.span(format.date(from), format.date(until))
  return [
    { title: w.shares, rules: (terms.shares ?? []).map((one) => ({ what: scopeOf(one, w), how: `${w.percentOf(one.percent, one.base === 'list' ? w.listBase : w.net)}${one.floorPerMillionTokens === undefined ? '' : `, ${w.floor(money(one.floorPerMillionTokens))}`}` })) },
    { title: w.passThrough, rules: (terms.passThrough ?? []).map((one) => ({ what: scopeOf(one, w), how: w.percentOf(one.percentOfList ?? '100', w.listBase) })) },
    { title: w.guarantee, rules: terms.minimumGuarantee === undefined ? [] : [{ what: span(terms.minimumGuarantee.from, terms.minimumGuarantee.until), how: money(terms.minimumGuarantee.amount) }] },
    { title: w.compute, rules: (terms.compute ?? []).map((one) => ({ what: one.asset, how: one.perGpuHour === undefined ? w.costPlus(one.costPlusPercent ?? '0') : w.gpuHour(money(one.perGpuHour)) })) },
    { title: w.computeCredits, rules: (terms.computeCredits ?? []).map((one) => ({ what: `${one.id} · ${span(one.from, one.until)}`, how: money(one.amount) })) },
  ]
}

export function ContractTerms({ terms, currency }: { readonly terms: Terms; readonly currency: string }): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const money = (amount: string): string => format.money(amount, currency)
  const sections = [...priceSections(terms, w, money, format), ...promiseSections(terms, w, money, format), ...makerSections(terms, w, money, format)].filter((one) => one.rules.length > 0)
  return (
    <Panel title={w.title}>
      {sections.length === 0 ? <p className="text-muted">{w.list}</p> : (
        <div className="grid gap-x-10 gap-y-6 lg:grid-cols-2">
          {sections.map(({ title, rules }) => (
            <section key={title} aria-label={title} className="min-w-0">
              <h3 className="mb-1.5 text-sm font-semibold text-muted">{title}</h3>
              <ul className="divide-y divide-line border-y border-line">
                {rules.map(({ what, how }) => <li key={`${what} ${how}`} className="flex flex-wrap justify-between gap-x-6 py-2"><span className="min-w-0 break-words">{what}</span><span className="figures font-medium">{how}</span></li>)}
              </ul>
            </section>
          ))}
        </div>
      )}
    </Panel>
  )
}
