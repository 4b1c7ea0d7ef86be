/** What the HTTP edge does with calls: on a node that serves them, and on a control node, which says that it does not. */
import { takeFeedback } from './admin/feedback.ts'
import type { CurrentSnapshot } from './gateway/current-snapshot.ts'
import type { Fault } from './gateway/call.ts'
import { handle } from './gateway/handle.ts'
import type { OpenCalls } from './gateway/open-calls.ts'
import type { Caller, Snapshot } from './gateway/snapshot.ts'
import { actOnStored } from './gateway/stored.ts'
import type { Handlers } from './http/listen.ts'
import { listModels } from './http/models-list.ts'
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
      const { call, leave } = open.enter(given)
      try {
        return await handle(call, gateway.ports)
      } finally {
        leave()
      }
    },
    stored: async (given) => {
      const { call, leave } = open.enter(given)
      try {
        return await actOnStored(call, gateway.stored)
      } finally {
        leave()
      }
    },
    models: (secret, model, surface) => {
      const found = known(secret)
      return 'code' in found ? found : listModels(found.snapshot, found.caller, model, surface)
    },
    failed: (call, cause) => log.error(`call ${call} failed`, cause),
  }
}

const elsewhere: Fault = { code: 'control_node', say: {} }

/** A control node has no journal and so can meter nothing: every path of a call names the nodes that can. */
export const noCallHandlers = (log: Log): CallHandlers => ({
  call: async () => ({ status: 'fault', fault: elsewhere, attempts: 0 }),
  stored: async () => ({ status: 'fault', fault: elsewhere, attempts: 0 }),
  feedback: async () => elsewhere,
  models: () => elsewhere,
  failed: (call, cause) => log.error(`call ${call} failed`, cause),
})

/** Whether an open call may go on under a new snapshot: its key is known, and something is left that it may use. */
export function stillGood(snapshot: Snapshot, gateway: Pick<GatewayNode, 'ports'>): (secret: string) => boolean {
  const { identify, permit } = gateway.ports
  return (secret) => {
    const caller = identify(snapshot, secret)
    if (caller === undefined) return false
    for (const model of snapshot.models.values()) {
      if (caller.models !== undefined && !caller.models.has(model.name)) continue
      if (model.deployments.some((deployment) => permit(caller, model, deployment, { region: deployment.region }) === undefined)) return true
    }
    return false
  }
}
