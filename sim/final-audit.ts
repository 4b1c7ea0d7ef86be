/** The auditor's judgement at the end of a run: upstream's bill, journals and books must tell one story (C1, C3, C4, C5). */
import type { AttemptRecord, OutcomeRecord } from '../src/journal/record.ts'
import type { Auditor, Disk } from './auditor.ts'
import type { Books } from './books.ts'
import { picosUp, plus, ratioOf, same, showRatio, times, zeroRatio, type Ratio } from './ratio.ts'
import type { BillLine } from './world/upstream.ts'
import type { Usage } from './world/fixtures.ts'

export interface Evidence {
  readonly books: Books
  readonly bill: readonly BillLine[]
  /** Disks that still exist, recovered and shipped. */
  readonly disks: readonly Disk[]
  /** Disks that were destroyed: what the books have of them, they must have right. */
  readonly lost: readonly Disk[]
  /** Disks whose node died at least once. */
  readonly crashed: ReadonlySet<Disk>
  readonly prices: readonly (readonly [model: string, meter: string, perToken: string])[]
  readonly copied: boolean
  readonly restored: boolean
  readonly writtenOff: boolean
}

interface Known {
  readonly attempt: AttemptRecord
  readonly outcome: OutcomeRecord | undefined
  readonly disk: Disk
}

export function finalAudit(auditor: Auditor, evidence: Evidence): void {
  const known = new Map<string, Known>()
  const booked = new Map(evidence.books.attempts.map((row) => [`${row.call}/${row.n}`, row]))
  for (const disk of [...evidence.lost, ...evidence.disks]) {
    const { attempts, outcomes } = auditor.recordsOf(disk)
    for (const [key, attempt] of attempts) {
      const outcome = outcomes.get(key)
      // Where a journal was copied, each copy ends the attempts that were open. The books have one of the ends.
      const other = known.get(key)
      const row = booked.get(key)
      if (other === undefined || (row?.charge === outcome?.charge && row?.source === outcome?.source)) known.set(key, { attempt, outcome, disk })
    }
  }
  auditCalls(auditor, evidence, known)
  auditBill(auditor, evidence, known)
  auditCharges(auditor, evidence, known)
  auditEvents(auditor, evidence)
  auditBooks(auditor, evidence, known)
  auditBudgets(auditor, evidence)
}

/** C1: each attempt one outcome, each call one last outcome, no hold left over. */
function auditCalls(auditor: Auditor, { lost, copied }: Evidence, known: ReadonlyMap<string, Known>): void {
  const lasts = new Map<string, number>()
  const calls = new Map<string, Disk>()
  for (const [key, { attempt, outcome, disk }] of known) {
    if (lost.includes(disk)) continue
    calls.set(attempt.call, disk)
    if (outcome === undefined) auditor.find('C1', `attempt ${key} never got an outcome`)
    else if (outcome.last) lasts.set(attempt.call, (lasts.get(attempt.call) ?? 0) + 1)
  }
  // A copy ends what its original had open, so both may have written a last outcome.
  for (const [call] of calls) if (lasts.get(call) !== 1 && !(copied && (lasts.get(call) ?? 0) > 1)) auditor.find('C1', `call ${call} has ${lasts.get(call) ?? 0} outcomes that are its last`)
  for (const id of auditor.openHolds()) auditor.find('C1', `the hold of call ${id} is left over`)
}

/** What the program must have counted for a usage that it received. */
const expectedCounts = (line: BillLine, usage: Usage): Record<string, number | undefined> => ({
  input: usage.input, cachedInput: usage.cached, output: usage.output, reasoning: line.format === 'messages' ? undefined : usage.reasoning,
})

/** C1 and C4 against the provider's bill: every dial is known, every received usage is reported as it came. */
function auditBill(auditor: Auditor, { bill, crashed }: Evidence, known: ReadonlyMap<string, Known>): void {
  for (const line of bill) {
    const found = known.get(line.attempt)
    if (found === undefined) {
      auditor.find('C1', `the provider was dialled for ${line.attempt}, which no journal has`)
      continue
    }
    const { outcome, disk } = found
    if (outcome === undefined) continue
    if (outcome.outcome === 'lost') {
      if (!crashed.has(disk)) auditor.find('C1', `attempt ${line.attempt} is lost although its node lived on`)
      continue
    }
    if (line.owed !== undefined && outcome.billable === 'no') auditor.find('C4', `attempt ${line.attempt} (${line.fault}) counts as unbillable, the provider bills it`)
    if (line.received === undefined) {
      if (outcome.source === 'reported') auditor.find('C4', `attempt ${line.attempt} (${line.fault}) counts as reported, no usage was received`)
      continue
    }
    if (outcome.source !== 'reported' || outcome.counts === undefined) {
      auditor.find('C4', `attempt ${line.attempt} (${line.fault}): usage was received and counts as ${outcome.source}`)
      continue
    }
    for (const [field, value] of Object.entries(expectedCounts(line, line.received))) {
      const counted = (outcome.counts as Record<string, unknown>)[field]
      if (counted !== value) auditor.find('C4', `attempt ${line.attempt} (${line.fault}): ${field} is ${String(counted)}, the provider reported ${value}`)
    }
    auditRaw(auditor, line, line.received, outcome.raw)
  }
}

/** The usage as it came stays with the outcome, in the provider's own words. */
function auditRaw(auditor: Auditor, line: BillLine, usage: Usage, raw: string | undefined): void {
  const kept = raw === undefined ? {} : (JSON.parse(raw) as Record<string, unknown>)
  const wanted = line.format === 'chat' ? { prompt_tokens: usage.input, completion_tokens: usage.output } : line.format === 'responses' ? { input_tokens: usage.input, output_tokens: usage.output }
    : { input_tokens: usage.input - usage.cached, cache_read_input_tokens: usage.cached, output_tokens: usage.output }
  for (const [field, value] of Object.entries(wanted)) if (kept[field] !== value) auditor.find('C4', `attempt ${line.attempt}: the kept usage says ${field} ${String(kept[field])}, the provider said ${value}`)
}

/** The exact price of an attempt's counts by the auditor's own table; undefined where it cannot be priced. */
function costOf({ prices }: Evidence, attempt: AttemptRecord, outcome: OutcomeRecord): Ratio | undefined {
  const { counts } = outcome
  if (counts === undefined) return undefined
  const priceOf = (meter: string): Ratio | undefined => {
    const row = prices.find(([model, name]) => model === (attempt.pricedAs ?? attempt.upstreamModel) && name === meter)
    return row === undefined ? undefined : ratioOf(row[2])
  }
  const [input, output] = [priceOf('input'), priceOf('output')]
  if (input === undefined || output === undefined || (outcome.serviceTier !== undefined && outcome.serviceTier !== 'default')) return undefined
  const cached = counts.cachedInput ?? 0
  const plain = (counts.input ?? 0) - cached
  return [times(input, BigInt(plain)), times(priceOf('cached_input') ?? input, BigInt(cached)), times(output, BigInt(counts.output ?? 0))].reduce(plus, zeroRatio)
}

const saneCounts = ({ counts }: OutcomeRecord): boolean =>
  counts === undefined || ((counts.cachedInput ?? 0) <= (counts.input ?? 0) && (counts.output ?? 0) >= 0 && (counts.reasoning ?? 0) <= (counts.output ?? 0))

/** What budgets were charged: the exact price of reported usage, or the whole hold where nobody knows. */
function auditCharges(auditor: Auditor, evidence: Evidence, known: ReadonlyMap<string, Known>): void {
  for (const [key, { attempt, outcome }] of known) {
    if (outcome === undefined) continue
    const cost = outcome.source === 'reported' && saneCounts(outcome) ? costOf(evidence, attempt, outcome) : undefined
    const expected = outcome.billable === 'no' ? 0n : cost === undefined ? BigInt(attempt.hold) : picosUp(cost)
    if (BigInt(outcome.charge) !== expected) auditor.find('C2', `attempt ${key} (${outcome.outcome}, ${outcome.source}) is charged ${outcome.charge}, it should be ${expected}`)
  }
}

/** C3: every record that was committed, and not lost with its disk before it was shipped, is posted or quarantined. */
function auditEvents(auditor: Auditor, { books, disks, lost, copied }: Evidence): void {
  const posted = new Map(books.attempts.map((row) => [`${row.journal} ${row.sequence}`, row]))
  const openCalls = new Set(books.open.map((row) => `${row.call}/${row.n}`))
  const quarantined = new Set(books.quarantine.map((row) => `${row.journal} ${row.sequence}`))
  const bodies = new Set(books.quarantine.map((row) => `${row.journal} ${row.sequence} ${row.body}`))
  const shipped = new Map(books.journals.map((row) => [row.journal, row.shipped]))
  for (const disk of [...disks, ...lost]) {
    const last = shipped.get(disk.identity) ?? 0
    if (disks.includes(disk) && (disk.rows.at(-1)?.sequence ?? 0) > last) auditor.find('C3', `journal ${disk.identity} ends at ${disk.rows.at(-1)?.sequence}, only ${last} arrived`)
    for (const { sequence, body } of disk.rows) {
      const record = JSON.parse(body) as { kind: string; call: string; n: number; charge?: string }
      if (record.kind !== 'outcome' || sequence > last) continue
      const row = posted.get(`${disk.identity} ${sequence}`)
      const mine = row !== undefined && row.call === record.call && row.n === record.n && BigInt(row.charge) === BigInt(record.charge ?? '-1')
      const aside = copied ? bodies.has(`${disk.identity} ${sequence} ${body}`) || quarantined.has(`${disk.identity} ${sequence}`) : quarantined.has(`${disk.identity} ${sequence}`)
      if (!mine && !aside) auditor.find('C3', `outcome ${record.call}/${record.n}, number ${sequence} of ${disk.identity}, is neither posted nor quarantined`)
      if (mine && aside && !copied) auditor.find('C3', `outcome ${record.call}/${record.n} is posted and quarantined`)
    }
  }
  for (const row of books.journals) {
    if (row.posted !== row.shipped) auditor.find('C3', `journal ${row.journal} is shipped to ${row.shipped} and posted to ${row.posted}`)
    const open = books.open.filter((each) => each.journal === row.journal).length
    if (row.attempts + row.strays !== row.postedEvents + row.quarantinedEvents + open) auditor.find('C3', `journal ${row.journal}: ${row.attempts} attempts and ${row.strays} strays came in, ${row.postedEvents} are posted, ${row.quarantinedEvents} quarantined, ${open} open`)
    const of = books.attempts.filter((each) => each.journal === row.journal)
    if (of.length !== row.postedEvents || row.reported + row.estimated + row.absent + row.unbilled !== row.postedEvents) auditor.find('C3', `journal ${row.journal}: its counters do not add up to its ${of.length} attempts`)
  }
  if (!copied && lost.length === 0 && openCalls.size > 0) auditor.find('C3', `attempts ${[...openCalls].join(', ')} stand open in the books`)
}

/** C5: zero sums, and totals that equal the attempts' own prices. */
function auditBooks(auditor: Auditor, evidence: Evidence, known: ReadonlyMap<string, Known>): void {
  const { books } = evidence
  const sums = new Map<string, Ratio>()
  let receivable = zeroRatio
  for (const { transaction, account, currency, amount } of books.entries) {
    const key = `${transaction} ${currency}`
    sums.set(key, plus(sums.get(key) ?? zeroRatio, ratioOf(amount)))
    if (account.startsWith('receivable/')) receivable = plus(receivable, ratioOf(amount))
    if (!books.accounts.includes(account)) auditor.find('C5', `entry of ${transaction} names account ${account}, which does not exist`)
  }
  for (const [key, sum] of sums) if (sum.over !== 0n) auditor.find('C5', `transaction ${key} sums to ${showRatio(sum)}`)
  let costs = zeroRatio
  for (const row of books.attempts) {
    const pair = known.get(`${row.call}/${row.n}`)
    if (pair?.outcome === undefined) {
      auditor.find('C3', `attempt ${row.call}/${row.n} is in the books and in no journal`)
      continue
    }
    const cost = costOf(evidence, pair.attempt, pair.outcome)
    if (row.source !== pair.outcome.source || row.input !== pair.outcome.counts?.input || row.output !== pair.outcome.counts?.output) auditor.find('C4', `attempt ${row.call}/${row.n} is booked as ${row.source} ${row.input}/${row.output}, its journal says ${pair.outcome.source} ${pair.outcome.counts?.input}/${pair.outcome.counts?.output}`)
    if ((cost === undefined) !== (row.cost === undefined) || (cost !== undefined && row.cost !== undefined && !same(cost, ratioOf(row.cost)))) auditor.find('C5', `attempt ${row.call}/${row.n} is booked at ${row.cost}, it costs ${cost === undefined ? 'nothing that is known' : showRatio(cost)}`)
    if (row.cost !== undefined) costs = plus(costs, ratioOf(row.cost))
  }
  if (!same(costs, receivable)) auditor.find('C5', `receivables sum to ${showRatio(receivable)}, attempts cost ${showRatio(costs)}`)
  const rolled = books.usage.reduce((sum, row) => plus(sum, ratioOf(row.cost)), zeroRatio)
  if (!same(rolled, costs)) auditor.find('C5', `usage by the minute costs ${showRatio(rolled)}, attempts cost ${showRatio(costs)}`)
  if (books.usage.reduce((sum, row) => sum + row.attempts, 0) !== books.attempts.length) auditor.find('C5', 'usage by the minute counts other attempts than the books have')
}

/** C2 at rest: what was charged is posted, and nothing stays leased. */
function auditBudgets(auditor: Auditor, { books, copied, restored, writtenOff }: Evidence): void {
  const rows = new Map(books.budgets.map((row) => [`${row.budget} ${row.period}`, row]))
  for (const [key, { owed, overrun }] of auditor.owed()) {
    const row = rows.get(key)
    const posted = BigInt(row?.posted ?? '0')
    if (copied) continue
    // What a provider billed beyond its bounds is not in any lease: with a lost journal it is lost until the bill comes.
    if (posted + (writtenOff ? overrun : 0n) < owed || (!writtenOff && !restored && posted !== owed)) auditor.find('C2', `budget ${key}: ${posted} is posted, ${owed} was spent`)
    if (row !== undefined && BigInt(row.leased) !== 0n) auditor.find('C2', `budget ${key}: ${row.leased} stays leased although every node has stopped`)
  }
}
