/** `/images/generations`: a one-pixel PNG for each image. Image tokens by size and quality as the maker lists them for gpt-image-1 (read 2026-11-23). */
import { text, whole } from './body.ts'
import { type Answer, type Desk, type Incoming, json, refuse } from './desk.ts'

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const tokensBySize: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '1024x1024': { low: 272, medium: 1_056, high: 4_160 },
  '1024x1536': { low: 408, medium: 1_584, high: 6_240 },
  '1536x1024': { low: 400, medium: 1_568, high: 6_208 },
}

/** POST /images/generations. gpt-image models bill tokens, dall-e models bill images. */
export function images(incoming: Incoming, desk: Desk): Answer {
  const { body, model } = incoming
  const prompt = text(body['prompt'])
  if (prompt === undefined) return refuse(incoming, { status: 400, message: "Missing required parameter: 'prompt'.", code: 'missing_required_parameter', param: 'prompt' })
  const n = Math.min(10, Math.max(1, whole(body['n']) ?? 1))
  const byToken = model.startsWith('gpt-image')
  const size = tokensBySize[text(body['size']) ?? ''] === undefined ? '1024x1024' : (text(body['size']) ?? '1024x1024')
  const quality = tokensBySize[size]?.[text(body['quality']) ?? ''] === undefined ? 'medium' : (text(body['quality']) ?? 'medium')
  const inputTokens = desk.count(prompt)
  const outputTokens = n * (tokensBySize[size]?.[quality] ?? 0)
  const asUrl = !byToken && body['response_format'] !== 'b64_json'
  const data = Array.from({ length: n }, (_, index) => (asUrl ? { url: `https://images.example.com/${desk.makeId('img_')}/${index}.png` } : { b64_json: pixel }))
  const silent = incoming.fault?.kind === 'missing-usage'
  const usage = { input_tokens: inputTokens, input_tokens_details: { text_tokens: inputTokens, image_tokens: 0 }, output_tokens: outputTokens, output_tokens_details: { text_tokens: 0, image_tokens: outputTokens }, total_tokens: inputTokens + outputTokens }
  const answer = { created: Math.floor(desk.clock.now() / 1_000), ...(byToken ? { background: 'opaque', output_format: 'png', quality, size } : {}), data, ...(byToken && !silent ? { usage } : {}) }
  return json(answer, { operation: 'images', model, tier: 'default', input: byToken ? { input: inputTokens, image_output: outputTokens } : { image: n }, outputTokens: 0, reasoningTokens: 0, usageSent: byToken && !silent })
}
