/** Records for tests, complete as the gateway writes them. */
import type { AttemptRecord, OutcomeRecord, RefusalRecord } from '../../src/journal/record.ts'

export const attemptOf = (call: string, n = 1, at = 1_000): AttemptRecord => ({
  kind: 'attempt', call, n, at, received: at, organization: 'acme', project: 'feed', key: 'key_1', model: 'gpt-4.1', deployment: 'sandbox/gpt-4.1',
  provider: 'sandbox', account: 'sandbox', upstreamModel: 'gpt-4.1', surface: 'openai', operation: 'chat', dialect: 'openai-chat', stream: false,
  snapshot: 1, priceList: 'sandbox', regionClass: 'global', currency: 'USD', hold: '12345678901234567890', inputBound: 10, outputBound: 20,
  budgets: [{ budget: 'organization/acme/month', period: '2026-11-01T00:00:00.000Z' }], requestBytes: 100,
})

export const outcomeOf = (call: string, n = 1, at = 2_000): OutcomeRecord => ({
  kind: 'outcome', call, n, at, outcome: 'complete', status: 200, source: 'reported', billable: 'yes', counts: { input: 10, output: 5 }, charge: '99', last: true,
})

export const refusalOf = (call: string): RefusalRecord => ({
  kind: 'refusal', call, at: 1_000, organization: 'acme', project: 'feed', key: 'key_1', model: 'gpt-4.1', operation: 'chat', code: 'no_budget',
})
