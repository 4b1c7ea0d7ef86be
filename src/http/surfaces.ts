/** Which path means which operation on which surface: one table, read once per request. */
import type { DialectName, Operation, Surface } from '../dialects/dialect.ts'

/** A path of the hot side. `stored` paths act on a kept response; `models` lists; `feedback` says what became of calls. */
export type Route =
  | { readonly kind: 'call'; readonly surface: Surface; readonly operation: Operation; readonly modelInPath: string | undefined }
  | { readonly kind: 'stored'; readonly surface: Surface; readonly action: 'retrieve' | 'cancel' | 'delete' | 'input-items'; readonly response: string }
  | { readonly kind: 'models'; readonly surface: Surface; readonly model: string | undefined }
  | { readonly kind: 'feedback'; readonly surface: Surface }
  | { readonly kind: 'method'; readonly surface: Surface; readonly allowed: string }
  | { readonly kind: 'unknown'; readonly surface: Surface }

export const dialectOf: Readonly<Record<Operation, DialectName>> = {
  chat: 'openai-chat', responses: 'openai-responses', messages: 'anthropic-messages', embeddings: 'openai-embeddings', completions: 'openai-completions',
  moderations: 'openai-moderations', images: 'openai-images', transcriptions: 'openai-transcriptions', 'count-tokens': 'anthropic-count-tokens',
}

const openai: Readonly<Record<string, Operation>> = {
  'chat/completions': 'chat', responses: 'responses', embeddings: 'embeddings', completions: 'completions', moderations: 'moderations',
  'images/generations': 'images', 'audio/transcriptions': 'transcriptions',
}

const anthropic: Readonly<Record<string, Operation>> = { messages: 'messages', 'messages/count_tokens': 'count-tokens' }

/** Operations that Azure's deployment paths offer. */
const azureDeployment: ReadonlySet<Operation> = new Set(['chat', 'embeddings', 'completions', 'images', 'transcriptions'])

/** What a 404 names. */
export const supported: Readonly<Record<Surface, string>> = {
  openai: Object.keys(openai).map((path) => `POST /v1/${path}`).join(', ') + ', GET|DELETE /v1/responses/{id}, POST /v1/responses/{id}/cancel, GET /v1/responses/{id}/input_items, GET /v1/models, POST /v1/feedback',
  azure: 'POST /openai/deployments/{deployment}/{chat/completions|embeddings|completions|images/generations|audio/transcriptions}?api-version=…, /openai/v1/… as on the OpenAI surface',
  anthropic: 'POST /v1/messages, POST /v1/messages/count_tokens, GET /v1/models',
}

const storedPath = /^responses\/([A-Za-z0-9_-]{1,256})(?:\/(cancel|input_items))?$/

function openaiRoute(surface: Surface, method: string, rest: string): Route {
  const operation = openai[rest]
  if (operation !== undefined) return method === 'POST' ? { kind: 'call', surface, operation, modelInPath: undefined } : { kind: 'method', surface, allowed: 'POST' }
  if (rest === 'models' || rest.startsWith('models/')) {
    if (method !== 'GET') return { kind: 'method', surface, allowed: 'GET' }
    return { kind: 'models', surface, model: rest === 'models' ? undefined : decodeURIComponent(rest.slice(7)) }
  }
  const stored = storedPath.exec(rest)
  if (stored?.[1] === undefined) return { kind: 'unknown', surface }
  const response = stored[1]
  if (stored[2] === 'cancel') return method === 'POST' ? { kind: 'stored', surface, action: 'cancel', response } : { kind: 'method', surface, allowed: 'POST' }
  if (stored[2] === 'input_items') return method === 'GET' ? { kind: 'stored', surface, action: 'input-items', response } : { kind: 'method', surface, allowed: 'GET' }
  if (method === 'GET') return { kind: 'stored', surface, action: 'retrieve', response }
  return method === 'DELETE' ? { kind: 'stored', surface, action: 'delete', response } : { kind: 'method', surface, allowed: 'GET, DELETE' }
}

function azureRoute(method: string, rest: string): Route {
  if (rest.startsWith('v1/')) return openaiRoute('azure', method, rest.slice(3))
  const [family, deployment, ...tail] = rest.split('/')
  if (family === 'deployments' && deployment !== undefined && deployment !== '') {
    const operation = openai[tail.join('/')]
    if (operation === undefined || !azureDeployment.has(operation)) return { kind: 'unknown', surface: 'azure' }
    return method === 'POST' ? { kind: 'call', surface: 'azure', operation, modelInPath: decodeURIComponent(deployment) } : { kind: 'method', surface: 'azure', allowed: 'POST' }
  }
  if (rest === 'models' || rest.startsWith('responses')) return openaiRoute('azure', method, rest)
  return { kind: 'unknown', surface: 'azure' }
}

/** Undefined: not a path of the hot side at all (admin, console, metrics). */
export function routeOf(method: string, path: string, anthropicClient: boolean): Route | undefined {
  if (path.startsWith('/openai/')) return azureRoute(method, path.slice(8))
  if (!path.startsWith('/v1/')) return undefined
  const rest = path.slice(4)
  if (rest.startsWith('organization/') || rest.startsWith('safety/')) return undefined
  if (rest === 'feedback') return method === 'POST' ? { kind: 'feedback', surface: 'openai' } : { kind: 'method', surface: 'openai', allowed: 'POST' }
  const operation = anthropic[rest]
  if (operation !== undefined) return method === 'POST' ? { kind: 'call', surface: 'anthropic', operation, modelInPath: undefined } : { kind: 'method', surface: 'anthropic', allowed: 'POST' }
  const route = openaiRoute(anthropicClient ? 'anthropic' : 'openai', method, rest)
  return route
}

/** The one segment that holds a model's name, which may have a slash in it; the clients send that encoded. */
const nameSegment = /^(\/(?:v1|openai|openai\/v1)\/models\/|\/openai\/deployments\/)([^/]+)/

/** Dot segments, double, back or encoded slashes and control characters: two readers could take them for two paths. */
export function isTricky(path: string): boolean {
  const plain = path.replace(nameSegment, (_whole, before: string, name: string) => before + name.replaceAll(/%2f/gi, '-'))
  return /\/\/|\\|%2f|%5c|%00|\/\.{1,2}(\/|$)|%2e/i.test(plain) || !plain.startsWith('/')
}
