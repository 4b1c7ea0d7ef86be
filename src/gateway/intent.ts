/** Steps 1 to 3 of a call: who asks, for what, and which deployments may serve it. All from memory, in documented order. */
import type { Ask, DialectName } from '../dialects/dialect.ts'
import { headerText } from '../dialects/headers.ts'
import type { PriceSheet } from '../ledger/price.ts'
import { sellsTier } from '../ledger/rating.ts'
import { boundsOf, type Bounds } from './bounds.ts'
import type { Call, Fault, FaultCode } from './call.ts'
import { effectiveRetention } from './data-retention.ts'
import type { Objection, Ports } from './ports.ts'
import { route } from './route.ts'
import type { Caller, Deployment, Model, Snapshot } from './snapshot.ts'

export interface Intent {
  readonly snapshot: Snapshot
  readonly caller: Caller
  readonly ask: Ask
  readonly model: Model
}

/** A deployment that may serve the call, in the dialect that it will be asked in, with the worst that it can cost. */
export interface Candidate {
  readonly deployment: Deployment
  readonly dialect: DialectName
  readonly sheet: PriceSheet
  readonly bounds: Bounds
  /** Picos. */
  readonly worst: bigint
}

export const fault = (code: FaultCode, say: Readonly<Record<string, string>> = {}, param?: string): Fault => (param === undefined ? { code, say } : { code, say, param })

export const isFault = (value: object): value is Fault => 'code' in value && 'say' in value

const allowed = (names: ReadonlySet<string> | undefined, name: string): boolean => names === undefined || names.has(name)

/** A dialect's refusal is a sentence; in the catalogue's template it is the end of one. */
export const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')

/** Guards in order: draining, staleness, key, body, model. */
export function identify(call: Call, ports: Ports): Intent | Fault {
  if (ports.draining()) return fault('draining')
  const snapshot = ports.snapshot()
  if (snapshot === undefined) return fault('not_current')
  if (call.secret === undefined || call.secret === '') return fault('missing_key')
  const caller = ports.identify(snapshot, call.secret)
  if (caller === undefined) return fault('invalid_key', { hint: hintOf(call.secret) })
  if (caller.expiresAt !== undefined && call.received >= caller.expiresAt) return fault('expired_key', { key: caller.keyName })
  const ask = ports.readAsk(call.dialect, call.body, call.contentType)
  if ('refused' in ask) return fault('invalid_request', { reason: withoutStop(ask.refused) }, ask.param)
  const name = call.modelInPath ?? ask.model
  if (name === undefined || name === '') return fault('invalid_request', { reason: 'you must provide a model parameter' }, 'model')
  const model = snapshot.models.get(name)
  // A model that the caller may not use looks like one that does not exist: names are not disclosed.
  if (model === undefined || !allowed(caller.models, name)) return fault('model_not_found', { model: name.length > nameLengthMax ? `${name.slice(0, nameLengthMax)}…` : name }, 'model')
  return { snapshot, caller, ask, model }
}

/** As much of an unknown name as an answer repeats. */
const nameLengthMax = 200

/** Enough of a wrong secret to recognise it, never enough to use it. */
const hintOf = (secret: string): string => (secret.length < 16 ? '***' : `${secret.slice(0, 4)}***${secret.slice(-4)}`)

/** What earlier calls of the project left at suppliers and this one goes on with. */
export interface Continued {
  /** The deployment of the response that it continues. */
  readonly pinned: string | undefined
  /** Deployments of the items that it names; undefined where it names none. */
  readonly homes: ReadonlyMap<string, string> | undefined
}

interface Left {
  objection: Objection | undefined
  dialect: boolean
  stored: boolean
  /** An item that the request names and that is not the project's, or does not live at this account. */
  item: string | undefined
  /** The field that would have the supplier keep what `dataRetention: none` promises not to be kept. */
  retained: string | undefined
  unpriced: boolean
  /** What a hosted tool of the request is sold by, where the price list has no price of it. */
  tool: string | undefined
  /** A service tier that the request names and the price list does not. */
  tier: string | undefined
}

/** Candidates in the order in which they are tried, or the reason why there is none. */
export function shortlist(call: Call, intent: Intent, ports: Ports, { pinned, homes }: Continued): readonly Candidate[] | Fault {
  const { model } = intent
  const among = pinned === undefined ? undefined : placesOf(pinned, intent)
  if (among?.length === 0) return fault('stored_unsupported', { fields: 'previous_response_id', model: model.name }, 'previous_response_id')
  const routed = route({ model, breaker: ports.breaker, random: ports.random, stickyTo: stickyTo(call, intent), among })
  const left: Left = { objection: undefined, dialect: false, stored: false, item: undefined, retained: undefined, unpriced: false, tool: undefined, tier: undefined }
  const found: Candidate[] = []
  for (const deployment of routed.candidates) {
    const candidate = candidateOf(call, intent, ports, { deployment, homes, left })
    if (candidate !== undefined) found.push(candidate)
  }
  if (found.length > 0) return yielding(found, ports.breaker)
  if (left.objection !== undefined) return objectionFault(left.objection)
  if (left.item !== undefined) return fault('item_not_found', { item: left.item }, 'input')
  if (left.retained !== undefined) return fault('retention_none', { field: left.retained, model: model.name }, left.retained)
  if (left.stored) return storedFault(intent)
  if (left.dialect) return fault('no_dialect', { model: model.name, operation: call.operation })
  if (left.tier !== undefined) return fault('unpriced_tier', { model: model.name, tier: left.tier }, 'service_tier')
  if (left.tool !== undefined) return fault('unpriced_tool', { model: model.name, meter: left.tool }, 'tools')
  if (left.unpriced) return fault('unpriced_model', { model: model.name })
  if (routed.suspended.length > 0) return fault('supplier_suspended', { model: model.name })
  if (routed.resting.length > 0) return fault('suppliers_unavailable', { model: model.name })
  return fault('no_deployment', { model: model.name })
}

/** Of a throttled account's calls, those beyond its share go first where another account may serve them, and there last of all. */
function yielding(found: readonly Candidate[], breaker: Ports['breaker']): readonly Candidate[] {
  const account = found[0]?.deployment.provider
  const isThere = ({ deployment }: Candidate): boolean => deployment.provider.account === account?.account
  if (account === undefined || found.every(isThere) || !breaker.yields(account)) return found
  return [...found.filter((one) => !isThere(one)), ...found.filter(isThere)]
}

/** Where a stored response can be continued: its own deployment, or one of its account where the call asks for another model. */
function placesOf(home: string, { model, snapshot }: Intent): readonly Deployment[] {
  const own = model.deployments.filter(({ id }) => id === home)
  const account = snapshot.deployments.get(home)?.provider.account
  return own.length > 0 ? own : model.deployments.filter(({ provider }) => provider.account === account && provider.quirks.storedResponses)
}

/** Who should meet the same deployment again. What the call does not say falls back to the user, and then to the key. */
function stickyTo(call: Call, { caller, ask, model }: Intent): string | undefined {
  switch (model.sticky) {
    case 'none': return undefined
    case 'key': return caller.key
    case 'user': return ask.endUser ?? caller.key
    case 'session': return headerText(call.headers, 'x-weir-session') ?? ask.tags['session_id'] ?? ask.endUser ?? caller.key
  }
}

const storedFault = ({ ask, model }: Intent): Fault => ask.stored[0] === undefined
  ? fault('items_unsupported', { item: ask.items.references[0] ?? '', model: model.name }, 'input')
  : fault('stored_unsupported', { fields: ask.stored.join(', '), model: model.name }, ask.stored[0])

/** The first item of the request that the supplier would look up for us, and that is not the project's at this account. */
function strangeItem({ ask: { items }, snapshot }: Intent, { provider }: Deployment, homes: Continued['homes'], stores: boolean): string | undefined {
  return homes === undefined ? undefined : [...(stores ? [...items.references, ...items.byId] : []), ...items.containers].find((id) => {
    const home = homes.get(id)
    return home === undefined || snapshot.deployments.get(home)?.provider.account !== provider.account
  })
}

interface Considered {
  readonly deployment: Deployment
  readonly homes: Continued['homes']
  readonly left: Left
}

function candidateOf(call: Call, intent: Intent, ports: Ports, { deployment, homes, left }: Considered): Candidate | undefined {
  const { caller, ask, model } = intent
  const objection = ports.permit(caller, model, deployment, { region: deployment.region })
  if (objection !== undefined) {
    left.objection ??= objection
    return undefined
  }
  const dialect = ports.servable(call.operation, deployment.provider.dialects)
  if (dialect === undefined) {
    left.dialect = true
    return undefined
  }
  const passes = dialect === call.dialect
  const stores = passes && deployment.provider.quirks.storedResponses
  if (!stores && (ask.stored.length > 0 || ask.items.references.length > 0)) {
    left.stored = true
    return undefined
  }
  const strange = passes ? strangeItem(intent, deployment, homes, stores) : undefined
  if (strange !== undefined) {
    left.item ??= strange
    return undefined
  }
  const retained = retainedBy(call, { caller, ask }, deployment, dialect)
  if (retained !== undefined) {
    left.retained ??= retained
    return undefined
  }
  const sheet = ports.sheet(deployment, call.received)
  if (sheet !== undefined && !sellsTier(sheet, ask.serviceTier)) {
    left.tier = ask.serviceTier
    return undefined
  }
  const tool = sheet === undefined ? undefined : ask.hostedTools.find(({ meter }) => !sheet.rows.some((row) => row.meter === meter))
  if (tool !== undefined) {
    left.tool = tool.meter
    return undefined
  }
  const bounds = sheet === undefined ? undefined : boundsOf({ operation: call.operation, ask, bodyBytes: call.body.length, deployment, sheet })
  const worst = sheet === undefined || bounds === undefined ? undefined : ports.bound(sheet, bounds.worst)
  if (sheet === undefined || bounds === undefined || worst === undefined) {
    left.unpriced = true
    return undefined
  }
  return { deployment, dialect, sheet, bounds, worst }
}

/** The field by which a call would be stored upstream although none of it may be, in the deployment's region. What is translated is never stored. */
function retainedBy(call: Call, { caller, ask }: Pick<Intent, 'caller' | 'ask'>, { provider, region }: Deployment, dialect: DialectName): string | undefined {
  if (!provider.quirks.storedResponses || dialect !== call.dialect || effectiveRetention(caller.retention, region) !== 'none') return undefined
  return ask.stored.find((field) => field === 'store' || field === 'background') ?? (ask.storedUnlessTold ? 'store' : undefined)
}

export const objectionFault = (objection: Objection): Fault =>
  fault(objection.approval === undefined ? 'not_permitted' : 'approval_needed', {
    clause: objection.clause, says: objection.says, remedy: objection.remedy, approval: objection.approval ?? '',
  })
