/** `/models`: what the sandbox's price list names. Other names are served too, without a price, but for those that begin with `no-such`. */
import { listedModels } from './bill.ts'
import { type Answer, type Incoming, json, refuse } from './desk.ts'

/** 2026-01-01, for all. */
const created = 1_767_225_600

export const isUnknownModel = (model: string): boolean => model.startsWith('no-such')

export const unknownModel = (incoming: Incoming): Answer => refuse(incoming, {
  status: 404, message: incoming.surface === 'anthropic' ? `model: ${incoming.model}` : `The model \`${incoming.model}\` does not exist or you do not have access to it.`,
  code: incoming.surface === 'azure' ? 'DeploymentNotFound' : 'model_not_found',
})

const shown = (id: string, surface: Incoming['surface']): object => (surface === 'anthropic'
  ? { type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }
  : { id, object: 'model', created, owned_by: 'sandbox' })

/** GET /models and /models/{id}. */
export function models(incoming: Incoming): Answer {
  const id = decodeURIComponent(incoming.path.slice('/models/'.length))
  if (id === '') {
    const data = listedModels.map((name) => shown(name, incoming.surface))
    return json(incoming.surface === 'anthropic' ? { data, has_more: false, first_id: listedModels[0], last_id: listedModels.at(-1) } : { object: 'list', data })
  }
  return listedModels.includes(id) ? json(shown(id, incoming.surface)) : unknownModel({ ...incoming, model: id })
}
