/** `GET /v1/models[/{id}]` in the shape of the surface that asks: only the models that the key may use. */
import type { Surface } from '../dialects/dialect.ts'
import type { Fault } from '../gateway/call.ts'
import type { Caller, Model, Snapshot } from '../gateway/snapshot.ts'

interface OpenAiModel {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

const openAi = (model: Model): OpenAiModel => ({ id: model.name, object: 'model', created: model.created, owned_by: model.maker ?? 'unknown' })

const anthropic = (model: Model): object => ({ type: 'model', id: model.name, display_name: model.name, created_at: new Date(model.created * 1_000).toISOString() })

export function listModels(snapshot: Snapshot, caller: Caller, asked: string | undefined, surface: Surface): Buffer | Fault {
  const shape = surface === 'anthropic' ? anthropic : openAi
  const allowed = (name: string): boolean => caller.models === undefined || caller.models.has(name)
  if (asked !== undefined) {
    const model = snapshot.models.get(asked)
    if (model === undefined || !allowed(asked)) return { code: 'model_not_found', say: { model: asked }, param: 'model' }
    return Buffer.from(JSON.stringify(shape(model)))
  }
  const models = [...snapshot.models.values()].filter((model) => allowed(model.name)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const data = models.map(shape)
  if (surface !== 'anthropic') return Buffer.from(JSON.stringify({ object: 'list', data }))
  return Buffer.from(JSON.stringify({ data, first_id: models[0]?.name ?? null, last_id: models.at(-1)?.name ?? null, has_more: false }))
}
