/**
 * Clauses as Cedar policies, preparsed into a fixed set of slots. Pitfalls obeyed (reference "Terms and proof" §4): a forbid
 * that errors is skipped by Cedar, so an error maps to the clause's `onUnknown`; default deny gives no reason and means
 * "ask"; policies are keyed by clause id; slot ids are reused, because nothing can drop them; duties live in a set of
 * their own, where they cannot grant anything.
 */
import { createHash } from 'node:crypto'
import { checkParsePolicySet, getCedarVersion, policyToJson, preparsePolicySet, preparseSchema, statefulIsAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs'
import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { extentFault } from './clause-extent.ts'
import { factFaults, points, schemaText } from './facts.ts'
import type { Facts, Point } from './facts.ts'
import type { Clause } from './seed-clauses.ts'

export const engineVersion = `weir-terms/1 cedar/${getCedarVersion()}`

export interface PolicySet {
  readonly clauses: readonly Clause[]
  /** SHA-256 over the canonical JSON of the clauses, hex. */
  readonly hash: string
  /** That canonical JSON: what a replay loads. */
  readonly body: string
}

export function policySet(clauses: readonly Clause[]): PolicySet {
  const sorted = clauses.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const body = canonicalJson(sorted as unknown as Json)
  return { clauses: sorted, body, hash: createHash('sha256').update(body).digest('hex') }
}

/** Reads a stored policy set again; undefined where the body does not have the hash. */
export function restorePolicySet(hash: string, body: string): PolicySet | undefined {
  const set = policySet(JSON.parse(body) as Clause[])
  return set.hash === hash && set.body === body ? set : undefined
}

export interface ClauseFault {
  readonly clause: string
  /** Line and column in the clause's text, from 1; undefined where Cedar gives no place. */
  readonly line: number | undefined
  readonly column: number | undefined
  readonly says: string
}

function placeOf(text: string, error: DetailedError): { line: number | undefined; column: number | undefined } {
  const start = error.sourceLocations?.[0]?.start
  if (start === undefined) return { line: undefined, column: undefined }
  // Cedar counts bytes.
  const lines = Buffer.from(text).subarray(0, start).toString().split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

const faultOf = (clause: Pick<Clause, 'id' | 'text'>, error: DetailedError): ClauseFault =>
  ({ clause: clause.id, ...placeOf(clause.text, error), says: [error.message, error.help].filter((part) => part !== null && part !== '').join(': ') })

const effectOf = (clause: Clause): string => (clause.kind === 'forbid' ? 'forbid' : 'permit')

/** What Cedar's head and annotations say must be what the table says. */
function headFaults(clause: Clause): ClauseFault[] {
  const parsed = policyToJson(clause.text)
  if (parsed.type === 'failure') return parsed.errors.map((error) => faultOf(clause, error))
  const { annotations = {}, effect } = parsed.json
  const fault = (says: string): ClauseFault => ({ clause: clause.id, line: undefined, column: undefined, says })
  return [
    ...(effect === effectOf(clause) ? [] : [fault(`the policy says ${effect}, its kind ${clause.kind} needs ${effectOf(clause)}`)]),
    ...(annotations['id'] === clause.id ? [] : [fault(`@id must be "${clause.id}"`)]),
    ...(annotations['point'] === clause.points.join(',') ? [] : [fault(`@point must be "${clause.points.join(',')}"`)]),
    ...(annotations['onUnknown'] === clause.onUnknown ? [] : [fault(`@onUnknown must be "${clause.onUnknown}"`)]),
    ...(clause.kind === 'oblige' && !annotations['obligation'] ? [fault('a duty needs @obligation("what must be done")')] : []),
  ]
}

/** What is wrong with clauses: texts that are too much for Cedar, parse errors, then Cedar's strict validation, then heads that differ from the table. */
export function clauseFaults(clauses: readonly Clause[]): ClauseFault[] {
  const boundless = clauses.flatMap(({ id, text }) => { const says = extentFault(text); return says === undefined ? [] : [{ clause: id, line: undefined, column: undefined, says }] })
  if (boundless.length > 0) return boundless
  const unparsed = clauses.flatMap((clause) => {
    const parsed = checkParsePolicySet({ staticPolicies: { [clause.id]: clause.text } })
    return parsed.type === 'failure' ? parsed.errors.map((error) => faultOf(clause, error)) : []
  })
  if (unparsed.length > 0) return unparsed
  const byId = new Map(clauses.map((clause) => [clause.id, clause]))
  if (byId.size !== clauses.length) return [{ clause: '', line: undefined, column: undefined, says: 'two clauses have the same id' }]
  const answer = validate({ validationSettings: { mode: 'strict' }, schema: schemaText, policies: { staticPolicies: Object.fromEntries(clauses.map((clause) => [clause.id, clause.text])) } })
  if (answer.type === 'failure') return answer.errors.map((error) => ({ clause: '', line: undefined, column: undefined, says: error.message }))
  const supposed = clauses.flatMap((clause) => Object.entries(clause.suppose).flatMap(([name, value]) => factFaults({ ...requiredFacts, [name]: value }))
    .map((says) => ({ clause: clause.id, line: undefined, column: undefined, says: `its supposition is no fact: ${says}` })))
  const invalid = answer.validationErrors.map(({ policyId, error }) => faultOf(byId.get(policyId) ?? { id: policyId, text: '' }, error))
  return [...invalid, ...supposed, ...clauses.flatMap(headFaults)]
}

const requiredFacts = { at: 0, maker: '', channel: '', authorisations: [], lineageFlags: [], lineageLicences: [], fulfilled: [] }

/** The obligation that a duty's annotation states. */
function obligationOf(clause: Clause): string {
  const parsed = policyToJson(clause.text)
  return parsed.type === 'success' ? (parsed.json.annotations?.['obligation'] ?? clause.says) : clause.says
}

const sorts = ['objections', 'permissions', 'duties'] as const
type Sort = (typeof sorts)[number]

const kinds: Readonly<Record<Sort, Clause['kind']>> = { objections: 'forbid', permissions: 'permit', duties: 'oblige' }

const schemaName = 'weir'
const base = '@id("base") permit (principal, action, resource);'

export interface Matches {
  /** Clauses whose condition held. */
  readonly clauses: ReadonlySet<string>
  /** Clauses that Cedar could not evaluate, with its words. */
  readonly errors: ReadonlyMap<string, string>
}

export type Loaded = { readonly status: 'ok' } | { readonly status: 'invalid'; readonly faults: readonly ClauseFault[] }

/** Which engine's set lies in a slot: Cedar keeps slots for the whole process. */
const holders = new Map<string, Engine>()

/** A loaded policy set. Slots are few and reused: `live`, `draft` for simulations, `replay`. */
export class Engine {
  readonly slot: 'live' | 'draft' | 'replay'
  private current: PolicySet | undefined
  private readonly obligations = new Map<string, string>()
  private byPoint = new Map<Point, readonly Clause[]>()

  constructor(slot: Engine['slot']) {
    this.slot = slot
  }

  /** The set that answers; undefined until one was loaded: then everything is refused. */
  get set(): PolicySet | undefined {
    return this.current
  }

  clausesAt(point: Point): readonly Clause[] {
    return this.byPoint.get(point) ?? []
  }

  /** What a duty's annotation says must be done. */
  obligation(clause: Clause): string {
    return this.obligations.get(clause.id) ?? clause.says
  }

  /** Replaces the set as a whole. A set with any fault is refused and the one before stays. */
  load(set: PolicySet): Loaded {
    if (this.current?.hash === set.hash) return { status: 'ok' }
    const faults = clauseFaults(set.clauses)
    if (faults.length > 0) return { status: 'invalid', faults }
    this.current = set
    this.byPoint = new Map(points.map((point) => [point, set.clauses.filter((clause) => clause.points.includes(point))]))
    this.fillSlots()
    this.obligations.clear()
    for (const clause of set.clauses) if (clause.kind === 'oblige') this.obligations.set(clause.id, obligationOf(clause))
    return { status: 'ok' }
  }

  private fillSlots(): void {
    const parsedSchema = preparseSchema(schemaName, schemaText)
    if (parsedSchema.type === 'failure') throw new Error(`the schema of facts does not parse: ${parsedSchema.errors[0]?.message}`)
    for (const point of points) {
      for (const sort of sorts) {
        const policies = Object.fromEntries(this.clausesAt(point).filter((clause) => clause.kind === kinds[sort]).map((clause) => [clause.id, clause.text]))
        const parsed = preparsePolicySet(this.slotOf(point, sort), { staticPolicies: sort === 'objections' ? { ...policies, base } : policies })
        if (parsed.type === 'failure') throw new Error(`${point} ${sort}: ${parsed.errors[0]?.message}`)
      }
    }
    holders.set(this.slot, this)
  }

  private slotOf(point: Point, sort: Sort): string {
    return `${this.slot}/${point}/${sort}`
  }

  /** Which clauses of a sort match these facts at this point. `check` validates the facts against the schema as well. */
  match(point: Point, sort: Sort, facts: Facts, check = false): Matches {
    // Another engine has used the slot since: an old terms' replay next to another's.
    if (holders.get(this.slot) !== this) this.fillSlots()
    const answer = statefulIsAuthorized({
      principal: { type: 'Weir::Use', id: 'use' }, action: { type: 'Weir::Action', id: point }, resource: { type: 'Weir::Thing', id: 'thing' },
      context: facts as Record<string, string | boolean | number | string[]>, entities: [],
      preparsedPolicySetId: this.slotOf(point, sort), ...(check ? { preparsedSchemaName: schemaName, validateRequest: true } : {}),
    })
    if (answer.type === 'failure') {
      // The whole question failed, so no clause has been asked: `engine` among the errors refuses the act.
      return { clauses: new Set(), errors: new Map([['engine', answer.errors.map((error) => error.message).join('; ')]]) }
    }
    const { reason, errors } = answer.response.diagnostics
    return { clauses: new Set(reason.filter((id) => id !== 'base')), errors: new Map(errors.map((one) => [one.policyId, one.error.message])) }
  }
}
