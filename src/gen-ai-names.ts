/**
 * Names of OpenTelemetry's semantic conventions for generative AI, as Weir uses them. Copied, because the conventions are
 * in development and their package changes names between releases: docs/gen-ai of open-telemetry/semantic-conventions,
 * version 1.37 (gen-ai-spans.md, gen-ai-metrics.md), read 2026-11-23.
 */
export const genAi = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  tokenType: 'gen_ai.token.type',
  errorType: 'error.type',
  statusCode: 'http.response.status_code',
  tokenUsage: 'gen_ai.client.token.usage',
  operationDuration: 'gen_ai.client.operation.duration',
} as const

/** Bounds that the conventions ask of the two histograms. */
export const tokenBounds = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864]
export const durationBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]

/** Well-known operations; others keep Weir's name, as the conventions allow. */
export const operationNames: Readonly<Record<string, string>> = { chat: 'chat', responses: 'chat', messages: 'chat', completions: 'text_completion', embeddings: 'embeddings', images: 'generate_content' }
