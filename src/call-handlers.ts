/** What the HTTP edge does with calls: on a node that serves them, and on a control node, which says that it does not. */
import { takeFeedback } from './admin/feedback.ts'
import type { CurrentSnapshot } from './gateway/current-snapshot.ts'
import type { Cut, Fault, Reply } from './gateway/call.ts'
import { notRecorded } from './gateway/dial-until-served.ts'
import { handle } from './gateway/handle.ts'
import { objectionFault } from './gateway/intent.ts'
import type { Entered, Objects, OpenCalls } from './gateway/open-calls.ts'
import type { Objection } from './gateway/ports.ts'
import type { Caller, Snapshot } from './gateway/snapshot.ts'
import { actOnStored } from './gateway/stored.ts'
import { errorRows, fill } from './http/errors.ts'
import type { Handlers } from './http/listen.ts'
import { listModels } from './http/models-list.ts'
import { NotRecorded } from './journal/record.ts'
import type { Clock } from './kernel/clock.ts'
import type { MakeId } from './kernel/ids.ts'
import type { Log } from './log.ts'
import type { GatewayNode } from './start-gateway.ts'
import type { Store } from './store/store.ts'
import type { SkewWatch } from './watch-skew.ts'

export interface Serving {
  readonly gateway: GatewayNode
  readonly current: CurrentSnapshot
  readonly skew: SkewWatch
  readonly open: OpenCalls
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly makeId: MakeId
}

export type CallHandlers = Omit<Handlers, 'otherwise'>

export function callHandlers({ gateway, current, skew, open, clock, log, store, makeId }: Serving): CallHandlers {
  const known = (secret: string | undefined): { readonly snapshot: Snapshot; readonly caller: Caller } | Fault => {
    const snapshot = current.get()
    if (snapshot === undefined) return { code: 'not_current', say: {} }
    if (secret === undefined) return { code: 'missing_key', say: {} }
    const caller = gateway.ports.identify(snapshot, secret)
    if (caller === undefined) return { code: 'invalid_key', say: { hint: '***' } }
    return caller.expiresAt !== undefined && clock.now() >= caller.expiresAt ? { code: 'expired_key', say: { key: caller.keyName } } : { snapshot, caller }
  }
  const callerOf = (secret: string | undefined): Caller | Fault => {
    const found = known(secret)
    return 'code' in found ? found : found.caller
  }
  return {
    feedback: (secret, body) => takeFeedback({ store, clock, makeId, caller: callerOf }, secret, body),
    call: async (given) => {
      const refused = skew.refuses()
      if (refused !== undefined) return { status: 'fault', fault: refused, attempts: 0 }
      return answered(open.enter(given), (call) => handle(call, gateway.ports))
    },
    stored: (given) => answered(open.enter(given), (call) => actOnStored(call, gateway.stored)),
    models: (secret, model, surface) => {
      const found = known(secret)
      return 'code' in found ? found : listModels(found.snapshot, found.caller, model, surface)
    },
    failed: failing(log),
  }
}

/** A journal that takes no records is told once, when it begins to: not with each call. */
const failing = (log: Log): CallHandlers['failed'] => (call, cause) => {
  if (cause instanceof NotRecorded) return notRecorded
  log.error(`call ${call} failed`, cause)
  return { code: 'internal', say: {} }
}

const elsewhere: Fault = { code: 'control_node', say: {} }

/** A control node has no journal and so can meter nothing: every path of a call names the nodes that can. */
export const noCallHandlers = (log: Log): CallHandlers => ({
  call: async () => ({ status: 'fault', fault: elsewhere, attempts: 0 }),
  stored: async () => ({ status: 'fault', fault: elsewhere, attempts: 0 }),
  feedback: async () => elsewhere,
  models: () => elsewhere,
  failed: failing(log),
})

/** What the call itself comes to, or why the node has cut it before anything was sent. */
async function answered<C>({ call, leave, refusal }: Entered<C>, run: (call: C) => Promise<Reply>): Promise<Reply> {
  try {
    const reply = await run(call)
    const refused = refusal()
    return refused === undefined ? reply : { status: 'fault', fault: refused, attempts: reply.status === 'fault' ? reply.attempts : 1 }
  } finally {
    leave()
  }
}

const cutBy = (fault: Fault): Cut => {
  const { code, message, todo } = errorRows[fault.code]
  return { fault, code, message: `${fill(message, fault.say)} ${fill(todo, fault.say)}` }
}

/**
 * Why an open call may not go on under a new snapshot: its key is gone, or nothing is left that it may use: of its model where
 * that is served, else of all that the key may use.
 */
export function objectionsUnder(snapshot: Snapshot, { ports: { identify, permit } }: Pick<GatewayNode, 'ports'>): Objects {
  return (secret, name) => {
    const caller = identify(snapshot, secret)
    if (caller === undefined) return cutBy({ code: 'invalid_key', say: { hint: '***' } })
    const model = name === undefined ? undefined : snapshot.models.get(name)
    const usable = model !== undefined && model.deployments.length > 0 ? [model] : [...snapshot.models.values()].filter((one) => caller.models?.has(one.name) !== false)
    let first: Objection | undefined
    for (const one of usable) {
      for (const deployment of one.deployments) {
        const objection = permit(caller, one, deployment, { region: deployment.region })
        if (objection === undefined) return undefined
        first ??= objection
      }
    }
    return cutBy(first === undefined ? { code: 'model_not_found', say: { model: name ?? 'any' } } : objectionFault(first))
  }
}
