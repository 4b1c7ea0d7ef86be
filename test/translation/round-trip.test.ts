/** Canonical to wire and back is the identity, on all that a dialect can carry. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codecs } from '../../src/dialects/codec.ts'
import { isRefusal } from '../../src/dialects/dialect.ts'
import { collectObjections } from '../../src/dialects/fields.ts'
import type { AssistantPart, CanonicalRequest, ChatDialect, ImagePart, JsonObject, Message, ReasoningWish, RequestField, TextPart, ToolChoice, ToolDefinition } from '../../src/dialects/part.ts'
import { open } from './outcomes.ts'
import { dialectNames, dialectPairs } from './pairs.ts'
import { plain } from './requests.ts'

const name = fc.stringMatching(/^[a-z]{1,8}$/)
const text: fc.Arbitrary<TextPart> = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((each) => each.isWellFormed()).map((each) => ({ type: 'text', text: each }))
const texts = fc.array(text, { minLength: 1, maxLength: 3 })
const object: fc.Arbitrary<JsonObject> = fc.dictionary(name, fc.oneof(fc.integer(), fc.boolean(), fc.string({ maxLength: 5 }))).map((each) => ({ ...each }))

const image = (dialect: ChatDialect): fc.Arbitrary<ImagePart> => {
  const source: fc.Arbitrary<ImagePart['source']> = fc.oneof(
    name.map((each) => ({ type: 'url' as const, url: `https://example.com/${each}` })),
    fc.record({ type: fc.constant('data' as const), mediaType: fc.constantFrom('image/png', 'image/webp'), data: fc.base64String({ maxLength: 12 }) }),
  )
  const plain = source.map((each): ImagePart => ({ type: 'image', source: each }))
  return dialect === 'anthropic-messages' ? plain : fc.oneof(plain, fc.tuple(source, fc.constantFrom('low' as const, 'high' as const)).map(([each, detail]): ImagePart => ({ type: 'image', source: each, detail })))
}

const call = fc.tuple(name, name, object).map(([id, tool, input]): AssistantPart => ({ type: 'tool-call', id: `call_${id}`, name: tool, arguments: JSON.stringify(input) }))

const reasoning = (dialect: ChatDialect): fc.Arbitrary<readonly AssistantPart[]> => {
  const value = fc.stringMatching(/^[A-Za-z0-9+]{1,8}$/)
  if (dialect === 'openai-chat') return fc.constant([])
  if (dialect === 'openai-responses') return fc.option(fc.tuple(fc.string(), value, name).map(([said, sealed, id]): AssistantPart[] => [{ type: 'reasoning', text: said, seal: { by: dialect, value: sealed, id } }]), { nil: [] })
  return fc.oneof(
    fc.constant([]),
    fc.tuple(fc.string(), value).map(([said, sealed]): AssistantPart[] => [{ type: 'reasoning', text: said, seal: { by: dialect, value: sealed } }]),
    value.map((sealed): AssistantPart[] => [{ type: 'reasoning', text: '', seal: { by: dialect, value: sealed, redacted: true } }]),
  )
}

/** One exchange: a user's turn, an answer, and the results of the calls in it. */
function exchange(dialect: ChatDialect): fc.Arbitrary<readonly Message[]> {
  const said = fc.array(fc.oneof(text, image(dialect)), { minLength: 1, maxLength: 3 })
  const result = dialect === 'openai-chat' ? texts : said
  const answer = fc.tuple(reasoning(dialect), texts, fc.array(call, { maxLength: 2 }))
  return fc.tuple(said, answer, fc.array(result, { minLength: 2, maxLength: 2 }), fc.boolean()).map(([user, [thought, words, calls], results, failed]) => {
    const content: readonly AssistantPart[] = [...thought, ...words, ...calls]
    const tools = calls.flatMap((each, index): readonly Message[] => each.type !== 'tool-call' ? []
      : [{ role: 'tool', callId: each.id, isError: failed && dialect === 'anthropic-messages', content: results[index] ?? [] }])
    return [{ role: 'user', content: user }, { role: 'assistant', content }, ...tools]
  })
}

const tool: fc.Arbitrary<ToolDefinition> = fc.record({ name, description: name, parameters: object.map((properties) => ({ type: 'object', properties: properties as JsonObject })), strict: fc.boolean() })

function choice(dialect: ChatDialect): fc.Arbitrary<ToolChoice> {
  const common = fc.oneof(fc.constantFrom<ToolChoice>({ type: 'auto' }, { type: 'required' }), name.map((each): ToolChoice => ({ type: 'tool', name: each })))
  return dialect === 'anthropic-messages' ? common : fc.oneof(common, fc.constant<ToolChoice>({ type: 'none' }), fc.array(name).map((names): ToolChoice => ({ type: 'allowed', mode: 'auto', names })))
}

const wishes: Readonly<Record<ChatDialect, fc.Arbitrary<ReasoningWish>>> = {
  'openai-chat': fc.constantFrom<ReasoningWish>({ mode: 'off' }, { mode: 'on', effort: 'minimal' }, { mode: 'on', effort: 'max' }),
  'openai-responses': fc.constantFrom<ReasoningWish>({ mode: 'off' }, { mode: 'on', effort: 'low', summary: 'omitted' }, { mode: 'on', effort: 'high', summary: 'detailed' }, { mode: 'on', summary: 'auto' }),
  'anthropic-messages': fc.constantFrom<ReasoningWish>({ mode: 'off' }, { mode: 'on', summary: 'omitted' }, { mode: 'on', effort: 'xhigh', summary: 'auto' }, { effort: 'low' }, { mode: 'off', effort: 'medium' }),
}

function request(dialect: ChatDialect): fc.Arbitrary<CanonicalRequest> {
  const anthropic = dialect === 'anthropic-messages'
  const system = fc.option(texts.map((content): Message => ({ role: 'system', content })), { nil: undefined })
  const messages = fc.tuple(system, fc.array(exchange(dialect), { maxLength: 3 }), texts).map(([first, turns, last]): readonly Message[] =>
    [...(first === undefined ? [] : [first]), ...turns.flat(), { role: 'user', content: last }])
  const optional: { readonly [K in RequestField]: fc.Arbitrary<CanonicalRequest[K]> } = {
    tools: fc.array(tool, { minLength: 1, maxLength: 2 }), toolChoice: choice(dialect), parallelToolCalls: anthropic ? fc.constant(false) : fc.boolean(),
    format: anthropic ? object.map((schema) => ({ type: 'json-schema' as const, schema, strict: true })) : fc.oneof(fc.constant({ type: 'json' as const }), fc.record({ type: fc.constant('json-schema' as const), name, schema: object, strict: fc.boolean() })),
    outputMax: fc.integer({ min: 16, max: 100_000 }), temperature: fc.constantFrom(0, 0.5, 1), topP: fc.constantFrom(0.1, 1), topK: fc.integer({ min: 1, max: 100 }),
    stop: fc.array(name, { minLength: 1, maxLength: 4 }), reasoning: wishes[dialect], verbosity: fc.constantFrom('low' as const, 'high' as const), logprobs: fc.constantFrom({}, { top: 3 }),
    promptCacheKey: name, promptCacheRetention: fc.constant('24h'), metadata: fc.dictionary(name, name).map((each) => ({ ...each })), endUser: name, user: name,
    serviceTier: anthropic ? fc.constantFrom('auto', 'default') : name,
  }
  const unsaid: readonly RequestField[] = anthropic ? ['metadata', 'user'] : []
  const fields = (Object.keys(optional) as RequestField[]).filter((field) => !codecs[dialect].lacks.has(field) && !unsaid.includes(field))
  // Messages demand a limit, and hang both choices on tools.
  const needed: readonly RequestField[] = anthropic ? ['outputMax', 'tools', 'toolChoice'] : []
  const arbitraries = Object.fromEntries(fields.map((field) => [field, optional[field]]))
  return fc.tuple(messages, fc.boolean(), fc.record(arbitraries, { requiredKeys: [...needed] })).map(([said, stream, rest]) => ({ model: 'm', stream, messages: said, ...rest }) as CanonicalRequest)
}

for (const dialect of dialectNames) {
  void test(`${dialect}: canonical to wire and back`, () => {
    fc.assert(fc.property(request(dialect), (canonical) => {
      const complaints: string[] = []
      const wire: unknown = JSON.parse(JSON.stringify(codecs[dialect].composeRequest(canonical, (field, message) => complaints.push(`${field}: ${message}`), false)))
      assert.deepEqual(complaints, [])
      const objections = collectObjections()
      const back = codecs[dialect].parseRequest(wire, objections)
      assert.equal(objections.first(), undefined)
      assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(canonical)))
    }), { numRuns: 200 })
  })
}

/** Values of every JSON kind in every place: an answer, never a crash. */
void test('requests that are no requests are refused, never thrown at', () => {
  fc.assert(fc.property(fc.constantFrom(...dialectNames), fc.jsonValue(), fc.constantFrom('messages', 'input', 'tools', 'tool_choice', 'system', 'text', 'thinking', 'response_format', 'metadata', 'reasoning', 'stop', 'include'), (dialect, value, key) => {
    for (const body of [value, { model: 'm', [key]: value }, { model: 'm', [key]: [value] }, { model: 'm', [key]: [{ role: 'user', content: [value] }] }, { model: 'm', [key]: [{ role: 'assistant', content: value, tool_calls: [value] }] }]) {
      const objections = collectObjections()
      const parsed = codecs[dialect].parseRequest(body, objections)
      for (const target of dialectNames) codecs[target].composeRequest(parsed, () => undefined, true)
    }
  }), { numRuns: 300 })
})

void test('upstream events of any content are read without a crash, whoever the client is', () => {
  const kinds = ['response.created', 'response.output_item.added', 'response.output_item.done', 'response.completed', 'message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'error', 'constructor']
  const event = fc.tuple(fc.constantFrom(...kinds), fc.constantFrom('choices', 'item', 'delta', 'content_block', 'message', 'response', 'error'), fc.jsonValue()).map(([type, key, value]) => ({ type, [key]: value }))
  fc.assert(fc.property(fc.constantFrom(...dialectPairs), fc.array(fc.oneof(event, fc.jsonValue()), { maxLength: 6 }), ([client, upstream], events) => {
    const exchange = open(client, upstream, { ...plain[client], stream: true })
    assert.ok(!isRefusal(exchange))
    const pipe = exchange.stream()
    for (const each of events) pipe.push(Buffer.from(`data: ${JSON.stringify(each)}\n\n`))
    assert.ok(Buffer.isBuffer(pipe.end().rest))
    for (const each of events) assert.ok(exchange.whole(Buffer.from(JSON.stringify(each))))
  }), { numRuns: 300 })
})
