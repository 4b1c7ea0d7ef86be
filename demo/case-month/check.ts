/**
 * The case's month by plain arithmetic: from what was used (usage.csv) and what was agreed (terms.json) to every invoice
 * line, the statement and the margins, compared with what Weir says. Fractions of whole numbers; nothing of `src/` is used,
 * so that a mistake there is not made here again. `node demo/case-month/check.ts FOLDER`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A fraction; the denominator is positive. */
interface Q { readonly n: bigint; readonly d: bigint }

const q = (text: string): Q => {
  const [whole = '0', fraction = ''] = text.split('.')
  return { n: BigInt(`${whole}${fraction}`), d: 10n ** BigInt(fraction.length) }
}
const nothing = q('0')
const plus = (a: Q, b: Q): Q => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d })
const minus = (a: Q, b: Q): Q => plus(a, { n: -b.n, d: b.d })
const times = (a: Q, b: Q): Q => ({ n: a.n * b.n, d: a.d * b.d })
const over = (a: Q, b: Q): Q => (b.n < 0n ? { n: -a.n * b.d, d: a.d * -b.n } : { n: a.n * b.d, d: a.d * b.n })
const sign = (a: Q): number => (a.n > 0n ? 1 : a.n < 0n ? -1 : 0)
const less = (a: Q, b: Q): boolean => sign(minus(a, b)) < 0
const least = (...all: readonly Q[]): Q => all.reduce((a, b) => (less(b, a) ? b : a))
const total = (all: readonly Q[]): Q => all.reduce(plus, nothing)
const percent = (text: string): Q => over(q(text), q('100'))

/** Rounded half to even to whole cents. */
function cents(a: Q): bigint {
  const [n, d] = [(a.n < 0n ? -a.n : a.n) * 100n, a.d]
  const [whole, twice] = [n / d, (n % d) * 2n]
  const up = twice > d || (twice === d && whole % 2n === 1n) ? 1n : 0n
  return (a.n < 0n ? -1n : 1n) * (whole + up)
}
const money = (value: bigint): string => `${value < 0n ? '-' : ''}${(value < 0n ? -value : value) / 100n}.${String((value < 0n ? -value : value) % 100n).padStart(2, '0')}`
const ofCents = (value: bigint): Q => ({ n: value, d: 100n })
/** Weir keeps parts of a whole to a millionth of a millionth; so far may it be from the fraction. */
const near = (a: Q, b: Q): boolean => { const off = minus(a, b); return !less({ n: 2n, d: 10n ** 12n }, sign(off) < 0 ? { n: -off.n, d: off.d } : off) }

interface Scope { readonly models?: readonly string[]; readonly meters?: readonly string[] }
interface Band { readonly upTo?: string; readonly perMillion?: string; readonly discountPercent?: string }
interface Terms {
  readonly prices?: readonly (Scope & { readonly perMillion: string })[]
  readonly discounts?: readonly (Scope & { readonly percent: string })[]
  readonly allowances?: readonly (Scope & { readonly id: string; readonly quantity: string })[]
  readonly quantityTiers?: readonly (Scope & { readonly id: string; readonly kind: 'graduated' | 'volume'; readonly bands: readonly Band[] })[]
  readonly spendTiers?: readonly { readonly id: string; readonly bands: readonly Band[] }[]
  readonly minimum?: { readonly amount: string }
  readonly commitments?: readonly { readonly id: string; readonly amount: string; readonly until: string }[]
  readonly credits?: readonly { readonly id: string; readonly amount: string; readonly paid: boolean; readonly order: number }[]
  readonly provisioned?: readonly { readonly id: string; readonly model: string; readonly count: number; readonly unitPrice: string; readonly deployments: readonly string[] }[]
}
interface Agreement {
  readonly shares: readonly { readonly models?: readonly string[]; readonly percent: string; readonly floorPerMillionTokens?: string }[]
  readonly passThrough: readonly { readonly models?: readonly string[]; readonly percentOfList: string }[]
  readonly compute: readonly { readonly asset: string; readonly perGpuHour: string }[]
  readonly computeCredits: readonly { readonly id: string; readonly amount: string }[]
}
interface File { readonly month: string; /** Invoice numbers that earlier months took. */ readonly numbersBefore: number; readonly listPrices: Readonly<Record<string, string>>; readonly taxPercent: Readonly<Record<string, string>>; readonly contracts: Readonly<Record<string, Terms>>; readonly agreement: Agreement; readonly makerHours: Readonly<Record<string, string>> }

interface Use { readonly organization: string; readonly project: string; readonly model: string; readonly deployment: string; readonly meter: string; readonly quantity: Q }
interface Line { readonly rule: string; readonly project: string; readonly model: string; readonly meter: string; readonly quantity: Q; readonly unitPrice: Q }

const rowsOf = (folder: string, name: string): readonly string[][] => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').slice(1).map((line) => line.split(','))
const applies = (scope: Scope, use: Use): boolean => (scope.models?.includes(use.model) ?? true) && (scope.meters?.includes(use.meter) ?? true)

/** Totals of input hold what was cached; three prices apply to three disjoint amounts. */
const usesOf = (folder: string): readonly Use[] => rowsOf(folder, 'usage.csv').flatMap(([organization = '', project = '', model = '', deployment = '', input = '0', cached = '0', output = '0']) => {
  const use = { organization, project, model, deployment }
  return [{ ...use, meter: 'input', quantity: minus(q(input), q(cached)) }, { ...use, meter: 'cached_input', quantity: q(cached) }, { ...use, meter: 'output', quantity: q(output) }].filter((each) => sign(each.quantity) > 0)
})

const perToken = (perMillion: string): Q => over(q(perMillion), q('1000000'))
const priceInBand = (band: Band, base: Q): Q => (band.perMillion === undefined ? times(base, minus(q('1'), percent(band.discountPercent ?? '0'))) : perToken(band.perMillion))

/** The price without tiers: negotiated, else list less the first discount that applies. */
function basePrice(terms: Terms, use: Use, list: Q): { readonly rule: string; readonly unitPrice: Q } {
  const negotiated = (terms.prices ?? []).findIndex((each) => applies(each, use))
  const own = terms.prices?.[negotiated]
  if (own !== undefined) return { rule: `price ${negotiated + 1}`, unitPrice: perToken(own.perMillion) }
  const discounted = (terms.discounts ?? []).findIndex((each) => applies(each, use))
  const discount = terms.discounts?.[discounted]
  return discount === undefined ? { rule: 'list', unitPrice: list } : { rule: `discount ${discounted + 1}`, unitPrice: times(list, minus(q('1'), percent(discount.percent))) }
}

/** One customer's lines before shortfalls and credits. */
function usageLines(terms: Terms, uses: readonly Use[], list: (use: Use) => Q): readonly Line[] {
  const lines: Line[] = []
  for (const use of uses) {
    const line = (rule: string, quantity: Q, unitPrice: Q): void => { if (sign(quantity) > 0) lines.push({ rule, project: use.project, model: use.model, meter: use.meter, quantity, unitPrice }) }
    const carrier = terms.provisioned?.find((each) => each.deployments.includes(use.deployment))
    if (carrier !== undefined) { line(`provisioned ${carrier.id}`, use.quantity, nothing); continue }
    const allowance = terms.allowances?.find((each) => applies(each, use))
    const free = allowance === undefined ? nothing : least(q(allowance.quantity), use.quantity)
    line(`allowance ${allowance?.id}`, free, nothing)
    const left = minus(use.quantity, free)
    const base = basePrice(terms, use, list(use))
    const tier = terms.quantityTiers?.find((each) => applies(each, use))
    if (tier === undefined) { line(base.rule, left, base.unitPrice); continue }
    let from = nothing
    for (const [index, band] of tier.bands.entries()) {
      const upTo = band.upTo === undefined ? left : least(q(band.upTo), left)
      const whole = tier.kind === 'volume' && !less(upTo, left)
      line(`tier ${tier.id} band ${index + 1}`, tier.kind === 'graduated' ? minus(upTo, from) : whole ? left : nothing, priceInBand(band, base.unitPrice))
      if (!less(upTo, left)) break
      from = upTo
    }
  }
  return lines
}

const amount = (line: Line): Q => times(line.quantity, line.unitPrice)
const due = (lines: readonly Line[]): bigint => lines.reduce((sum, line) => sum + cents(amount(line)), 0n)
const fee = (rule: string, quantity: Q, unitPrice: Q, model = ''): Line => ({ rule, project: '', model, meter: '', quantity, unitPrice })

function spendLines(terms: Terms, lines: readonly Line[]): readonly Line[] {
  const spent = total(lines.map(amount))
  return (terms.spendTiers ?? []).flatMap((tier) => {
    let from = nothing
    return tier.bands.flatMap((band, index) => {
      const upTo = band.upTo === undefined ? spent : least(q(band.upTo), spent)
      const part = minus(upTo, from)
      from = upTo
      return sign(part) > 0 && band.discountPercent !== '0' ? [fee(`tier ${tier.id} band ${index + 1}`, part, minus(nothing, percent(band.discountPercent ?? '0')))] : []
    })
  })
}

export interface Bill { readonly lines: readonly Line[]; readonly net: bigint; readonly tax: bigint; readonly prepaid: bigint }

function billOf(terms: Terms, uses: readonly Use[], list: (use: Use) => Q, file: File, organization: string): Bill {
  const used = usageLines(terms, uses, list)
  const bought = (terms.provisioned ?? []).map((each) => fee(`provisioned ${each.id}`, q(String(each.count)), q(each.unitPrice), each.model))
  const lines = [...used, ...bought, ...spendLines(terms, used)]
  if (terms.minimum !== undefined) {
    const short = minus(q(terms.minimum.amount), ofCents(due(lines)))
    if (sign(short) > 0) lines.push(fee('minimum', q('1'), short))
  }
  const ending = (terms.commitments ?? []).filter((each) => each.until.slice(0, 7) === nextMonth(file.month) && each.until.endsWith('-01'))
  for (const each of ending) {
    const drawn = ofCents(cents(total([...used, ...bought, ...spendLines(terms, used)].map(amount))))
    const short = minus(q(each.amount), drawn)
    if (sign(short) > 0) lines.push(fee(`commitment ${each.id}`, q('1'), short))
  }
  for (const each of (terms.credits ?? []).filter((credit) => !credit.paid)) lines.push(fee(`credit ${each.id}`, q('1'), minus(nothing, least(q(each.amount), ofCents(due(lines))))))
  const net = due(lines)
  const tax = cents(times(ofCents(net), percent(file.taxPercent[organization] ?? '0')))
  const paid = (terms.credits ?? []).filter((credit) => credit.paid).map((credit) => q(credit.amount))
  return { lines, net, tax, prepaid: cents(least(total(paid), ofCents(net + tax))) }
}

function nextMonth(month: string): string {
  const [year = 0, of = 0] = month.split('-').map(Number)
  return of === 12 ? `${year + 1}-01` : `${year}-${String(of + 1).padStart(2, '0')}`
}

interface Sale { readonly organization: string; readonly model: string; readonly net: Q; readonly list: Q; readonly tokens: Q }

/** What was billed for each model: its lines, less its part of what lowers the whole bill. */
function salesOf(organization: string, bill: Bill, uses: readonly Use[], list: (use: Use) => Q): readonly Sale[] {
  const models = [...new Set(bill.lines.map((line) => line.model).filter((model) => model !== ''))].sort()
  const own = (model: string): Q => ofCents(due(bill.lines.filter((line) => line.model === model)))
  const reductions = ofCents(due(bill.lines.filter((line) => line.model === '' && /^(tier|credit) /.test(line.rule))))
  const whole = total(models.map(own))
  return models.map((model) => {
    const used = uses.filter((use) => use.model === model)
    return { organization, model, net: plus(own(model), over(times(reductions, own(model)), whole)), list: total(used.map((use) => times(use.quantity, list(use)))), tokens: total(used.map((use) => use.quantity)) }
  })
}

interface Owed { readonly direction: string; readonly kind: string; readonly organization: string; readonly model: string; readonly asset: string; readonly base: Q; readonly rate: Q }

function owedFor(agreement: Agreement, sale: Sale): readonly Owed[] {
  const to = { direction: 'to-maker', organization: sale.organization, model: sale.model, asset: '' }
  const through = agreement.passThrough.find((each) => each.models?.includes(sale.model) ?? true)
  if (through !== undefined) return [{ ...to, kind: 'pass-through', base: sale.list, rate: percent(through.percentOfList) }]
  const share = agreement.shares.find((each) => each.models?.includes(sale.model) ?? true)
  if (share === undefined) return []
  const part: Owed = { ...to, kind: 'revenue-share', base: sale.net, rate: percent(share.percent) }
  const short = share.floorPerMillionTokens === undefined ? nothing : minus(times(sale.tokens, perToken(share.floorPerMillionTokens)), times(part.base, part.rate))
  return sign(short) > 0 ? [part, { ...to, kind: 'floor', base: short, rate: q('1') }] : [part]
}

/** Machines that the maker used, at the agreed price, less credit while it lasts. */
function computeOf({ agreement, makerHours }: File): readonly Owed[] {
  const to = { direction: 'to-channel', organization: '', model: '' }
  const lines = agreement.compute.map((each): Owed => ({ ...to, kind: 'compute', asset: each.asset, base: q(makerHours[each.asset] ?? '0'), rate: q(each.perGpuHour) }))
  let left = ofCents(lines.reduce((sum, line) => sum + cents(times(line.base, line.rate)), 0n))
  return [...lines, ...agreement.computeCredits.flatMap((credit): Owed[] => {
    const drawn = least(q(credit.amount), left)
    left = minus(left, drawn)
    return sign(drawn) > 0 ? [{ ...to, kind: 'compute-credit', asset: '', base: drawn, rate: q('-1') }] : []
  })]
}

/** Compares by key; what one side lacks is a fault too. */
function compare<T>(file: string, theirs: ReadonlyMap<string, T>, ours: ReadonlyMap<string, T>, same: (a: T, b: T) => boolean, show: (value: T) => string, faults: string[]): void {
  for (const [key, value] of ours) {
    const other = theirs.get(key)
    if (other === undefined) faults.push(`${file}: ${key} is missing, plain arithmetic has ${show(value)}`)
    else if (!same(value, other)) faults.push(`${file}: ${key} says ${show(other)}, plain arithmetic ${show(value)}`)
  }
  for (const [key, value] of theirs) if (!ours.has(key)) faults.push(`${file}: ${key} with ${show(value)} is in no arithmetic of ours`)
}

const text = (a: Q): string => `${money(cents(a))} (${a.n}/${a.d})`
const equal = (a: readonly Q[], b: readonly Q[]): boolean => a.length === b.length && a.every((value, index) => near(value, b[index] ?? nothing))
const showAll = (values: readonly Q[]): string => values.map(text).join(' ')

/** Adds lines of one rule and price up, as an invoice does. */
function lineKeys(organization: string, bill: Bill): readonly [string, readonly Q[]][] {
  const merged = new Map<string, Line>()
  for (const line of bill.lines) {
    const key = [organization, line.rule, line.project, line.model, line.meter].join(' ')
    const known = merged.get(key)
    merged.set(key, known === undefined ? line : { ...line, quantity: plus(known.quantity, line.quantity) })
  }
  return [...merged].map(([key, line]) => [key, [line.quantity, line.unitPrice, ofCents(cents(amount(line)))]])
}

/** Every difference between the folder's results and this arithmetic; none where all is right. */
export function checkFolder(folder: string): readonly string[] {
  const file = JSON.parse(readFileSync(join(folder, 'terms.json'), 'utf8')) as File
  const uses = usesOf(folder)
  const list = (use: Use): Q => q(file.listPrices[`${use.model} ${use.meter}`] ?? '0')
  const organizations = [...new Set(uses.map((use) => use.organization))].sort()
  const own = (organization: string): readonly Use[] => uses.filter((use) => use.organization === organization)
  const bills = new Map(organizations.map((organization) => [organization, billOf(file.contracts[organization] ?? {}, own(organization), list, file, organization)]))
  const sales = [...bills].flatMap(([organization, bill]) => salesOf(organization, bill, own(organization), list))
  const faults: string[] = []

  const printed = new Map(rowsOf(folder, 'lines.csv').map(([organization, , rule, project, model, meter, quantity = '', price = '', payable = '']) => [[organization, rule, project, model, meter].join(' '), [q(quantity), q(price), q(payable)]] as const))
  compare('lines.csv', printed, new Map([...bills].flatMap(([organization, bill]) => lineKeys(organization, bill))), equal, showAll, faults)

  const invoices = rowsOf(folder, 'invoices.csv')
  const totals = new Map(invoices.map(([organization = '', , ...amounts]) => [organization, amounts.map(q)] as const))
  compare('invoices.csv', totals, new Map([...bills].map(([organization, { net, tax, prepaid }]) => [organization, [net, tax, net + tax, prepaid, net + tax - prepaid].map(ofCents)])), equal, showAll, faults)
  invoices.forEach(([, number], index) => { if (number?.slice(-6) !== String(file.numbersBefore + index + 1).padStart(6, '0')) faults.push(`invoices.csv: number ${number} at place ${index + 1}: a gap`) })

  const owed = [...sales.flatMap((sale) => owedFor(file.agreement, sale)), ...computeOf(file)]
  const [last, ...rest] = rowsOf(folder, 'statement.csv').toReversed()
  const key = (each: { readonly direction: string; readonly kind: string; readonly organization: string; readonly model: string; readonly asset: string }): string => [each.direction, each.kind, each.organization, each.model, each.asset].join(' ')
  const stated = new Map(rest.map(([direction = '', kind = '', organization = '', model = '', asset = '', base = '', rate = '', payable = '']) => [key({ direction, kind, organization, model, asset }), [q(base), q(rate), q(payable)]] as const))
  compare('statement.csv', stated, new Map(owed.map((each) => [key(each), [each.base, each.rate, ofCents(cents(times(each.base, each.rate)))]])), equal, showAll, faults)
  const sum = (direction: string): bigint => owed.filter((each) => each.direction === direction).reduce((all, each) => all + cents(times(each.base, each.rate)), 0n)
  const ends = [sum('to-maker'), sum('to-channel'), sum('to-maker') - sum('to-channel')].map(money).join(',')
  if (last?.slice(5).join(',') !== ends) faults.push(`statement.csv: totals ${last?.slice(5).join(',')}, plain arithmetic ${ends}`)

  const costs = (sale: Sale): Q => total(owed.filter((each) => each.organization === sale.organization && each.model === sale.model).map((each) => times(each.base, each.rate)))
  const margins = new Map(rowsOf(folder, 'margins.csv').map(([organization, model, ...amounts]) => [`${organization} ${model}`, amounts.map(q)] as const))
  const ours = new Map<string, readonly Q[]>(sales.map((sale) => [`${sale.organization} ${sale.model}`, [sale.list, sale.net, costs(sale), minus(sale.net, costs(sale))]]))
  for (const [organization, bill] of bills) {
    const unassigned = minus(ofCents(bill.net), total(sales.filter((sale) => sale.organization === organization).map((sale) => sale.net)))
    if (sign(unassigned) !== 0) ours.set(`${organization} no model`, [nothing, unassigned, nothing, unassigned])
  }
  compare('margins.csv', margins, ours, equal, showAll, faults)
  return faults
}

if (process.argv[1] === import.meta.filename) {
  const faults = checkFolder(process.argv[2] ?? join(import.meta.dirname, 'golden'))
  for (const fault of faults) console.error(fault)
  console.log(faults.length === 0 ? 'invoices, statement and margins agree with plain arithmetic' : `${faults.length} differences`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
