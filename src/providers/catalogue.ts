/**
 * The provider types, as data. Paths and headers as the hosts document them (OpenAI's OpenAPI 2.3.0; Azure OpenAI
 * inference 2024-10-21 and v1; Anthropic API reference; read 2026-11-23).
 */
import type { DialectName, Operation } from '../dialects/dialect.ts'
import type { ProviderType, Quirks } from './provider.ts'
import { sandboxOptionsFault } from './sandbox/profile.ts'

const openaiDialects: readonly DialectName[] = [
  'openai-chat', 'openai-responses', 'openai-embeddings', 'openai-completions', 'openai-moderations', 'openai-images', 'openai-transcriptions',
]
const passingDialects: readonly DialectName[] = ['openai-chat', 'openai-embeddings', 'openai-completions', 'openai-moderations', 'openai-images', 'openai-transcriptions']

/** Below a base URL that ends in `/v1`, as the OpenAI clients use it. */
const openaiPaths: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
  completions: '/completions',
  moderations: '/moderations',
  images: '/images/generations',
  transcriptions: '/audio/transcriptions',
}
const anthropicPaths: Readonly<Partial<Record<Operation, string>>> = { messages: '/v1/messages', 'count-tokens': '/v1/messages/count_tokens' }

const deployment = (path: string): string => `/openai/deployments/{model}${path}?api-version={apiVersion}`

/** Azure's newer family, without deployments in the path: Responses always, everything where `apiVersion` is `v1`. */
export const azureV1Paths: Readonly<Partial<Record<Operation, string>>> = Object.fromEntries(
  Object.entries(openaiPaths).filter(([operation]) => operation !== 'moderations').map(([operation, path]) => [operation, `/openai/v1${path}`]),
)

/** The newest stable version of the deployment paths (../shared/specs/azure). */
export const azureApiVersion = '2024-10-21'

const fullQuirks: Quirks = { usageOption: true, storedResponses: true, safetyIdentifier: true, completionLimit: true }
const hostQuirks: Quirks = { usageOption: true, storedResponses: false, safetyIdentifier: false, completionLimit: false }

/** A host that speaks OpenAI's API under its own base URL. Prices: the operator names a list, none is assumed. */
const compatible = (type: string, own: Partial<ProviderType>): ProviderType => ({
  type,
  auth: 'bearer',
  baseUrl: undefined,
  dialects: passingDialects,
  quirks: hostQuirks,
  paths: { ...openaiPaths, messages: '/messages', 'count-tokens': '/messages/count_tokens' },
  headers: {},
  prices: type,
  maker: undefined,
  channel: type,
  requestIdHeader: 'x-request-id',
  // The host may be another Weir, and its maker a sandbox: what a test asks of that has to arrive there.
  forwards: ['x-sandbox-'],
  spilloverHeader: undefined,
  ...own,
})

const rows: readonly ProviderType[] = [
  {
    type: 'openai', auth: 'bearer', baseUrl: 'https://api.openai.com/v1', dialects: openaiDialects, quirks: fullQuirks, paths: openaiPaths, headers: {},
    prices: 'openai', maker: 'openai', channel: 'openai', requestIdHeader: 'x-request-id', forwards: ['openai-beta', 'x-client-request-id'], spilloverHeader: undefined,
  },
  {
    // `safety_identifier` is not part of version 2024-10-21, which refuses unknown fields. Azure sells other makers' models
    // too, but not under these paths.
    type: 'azure', auth: 'api-key', baseUrl: undefined, dialects: openaiDialects.filter((dialect) => dialect !== 'openai-moderations'), quirks: { ...fullQuirks, safetyIdentifier: false },
    paths: {
      chat: deployment('/chat/completions'),
      responses: '/openai/v1/responses',
      embeddings: deployment('/embeddings'),
      completions: deployment('/completions'),
      images: deployment('/images/generations'),
      transcriptions: deployment('/audio/transcriptions'),
    },
    headers: {}, prices: 'azure', maker: 'openai', channel: 'azure', requestIdHeader: 'apim-request-id',
    // `x-ms-spillover-from-deployment` names the deployment that was full, `x-ms-deployment-name` the one that served.
    forwards: ['x-ms-'], spilloverHeader: 'x-ms-deployment-name',
  },
  {
    type: 'anthropic', auth: 'x-api-key', baseUrl: 'https://api.anthropic.com', dialects: ['anthropic-messages', 'anthropic-count-tokens'],
    quirks: { usageOption: false, storedResponses: false, safetyIdentifier: false, completionLimit: false }, paths: anthropicPaths, headers: { 'anthropic-version': '2023-06-01' },
    prices: 'anthropic', maker: 'anthropic', channel: 'anthropic', requestIdHeader: 'request-id', forwards: ['anthropic-beta', 'anthropic-version'], spilloverHeader: undefined,
  },
  {
    type: 'sandbox', auth: 'bearer', baseUrl: undefined, dialects: [...openaiDialects, 'anthropic-messages', 'anthropic-count-tokens'], quirks: fullQuirks,
    paths: { ...Object.fromEntries(Object.entries(openaiPaths).map(([operation, path]) => [operation, `/v1${path}`])), ...anthropicPaths },
    headers: { 'anthropic-version': '2023-06-01' }, prices: 'sandbox', maker: undefined, channel: 'sandbox', requestIdHeader: 'x-request-id',
    forwards: ['x-sandbox-', 'anthropic-beta', 'openai-beta', 'x-ms-'], spilloverHeader: undefined, inProcess: true, optionsFault: sandboxOptionsFault,
  },
  compatible('openai-compatible', {}),
  compatible('openrouter', { baseUrl: 'https://openrouter.ai/api/v1', forwards: ['http-referer', 'x-title'] }),
  compatible('vllm', { auth: 'bearer', channel: 'in-house', dialects: ['openai-chat', 'openai-embeddings', 'openai-completions', 'openai-transcriptions'], quirks: { ...hostQuirks, completionLimit: true } }),
  compatible('sglang', { channel: 'in-house', dialects: ['openai-chat', 'openai-embeddings', 'openai-completions'], quirks: { ...hostQuirks, completionLimit: true } }),
  compatible('ollama', { baseUrl: 'http://127.0.0.1:11434/v1', channel: 'in-house', dialects: ['openai-chat', 'openai-embeddings', 'openai-completions'] }),
  compatible('llama-cpp', { baseUrl: 'http://127.0.0.1:8080/v1', channel: 'in-house', dialects: ['openai-chat', 'openai-embeddings', 'openai-completions'] }),
]

const byType: ReadonlyMap<string, ProviderType> = new Map(rows.map((row) => [row.type, row]))

/** Names for messages and for the published schema, in catalogue order. */
export const providerTypes: readonly string[] = rows.map((row) => row.type)

/** The catalogue row that `type:` names; undefined where there is none. */
export const providerType = (type: string): ProviderType | undefined => byType.get(type)
