/** `/moderations`: free; an input that contains `[flag]` is flagged as harassment. */
import { text } from './body.ts'
import { type Answer, type Desk, type Incoming, json } from './desk.ts'
import { readInputs } from './embeddings.ts'

const categories: readonly string[] = [
  'harassment', 'harassment/threatening', 'hate', 'hate/threatening', 'illicit', 'illicit/violent', 'self-harm', 'self-harm/intent', 'self-harm/instructions', 'sexual', 'sexual/minors', 'violence', 'violence/graphic',
]
const by = <T>(valueOf: (category: string) => T): Record<string, T> => Object.fromEntries(categories.map((category) => [category, valueOf(category)]))

/** POST /moderations. */
export function moderations(incoming: Incoming, desk: Desk): Answer {
  const model = text(incoming.body['model']) ?? 'omni-moderation-latest'
  const results = readInputs(incoming.body['input'], () => 0).map((input) => {
    const flagged = input.text.includes('[flag]')
    return {
      flagged, categories: by((category) => flagged && category === 'harassment'), category_scores: by((category) => (flagged && category === 'harassment' ? 0.97 : 0.000_1)), category_applied_input_types: by(() => ['text']),
    }
  })
  return json({ id: desk.makeId('modr-'), model, results }, { operation: 'moderations', model, tier: 'default', input: {}, outputTokens: 0, reasoningTokens: 0, usageSent: false })
}
