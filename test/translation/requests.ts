/**
 * What a request can ask, said in each of the three dialects. Translating one form must give the other, letter by letter;
 * where it cannot, the refusal's parameter is named here. The table in docs/dialects.md is made of these.
 */
import type { ChatDialect, JsonObject } from '../../src/dialects/part.ts'
import { pairs, type Pair } from './pairs.ts'

export interface RequestFeature {
  readonly name: string
  /** Members that make the feature, merged over a plain request; undefined: the dialect has no words for it. */
  readonly forms: Readonly<Partial<Record<ChatDialect, JsonObject>>>
  /** Refusals by client, or by pair: the parameter that is named. */
  readonly refused?: Readonly<Partial<Record<ChatDialect | Pair, string>>>
  /** Where a translation says it in other members than the target's own form. */
  readonly becomes?: Readonly<Partial<Record<Pair, JsonObject>>>
}

/** A plain request: what is composed where a feature adds nothing. */
export const plain: Readonly<Record<ChatDialect, JsonObject>> = {
  'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'Hello' }], max_completion_tokens: 500 },
  'openai-responses': { model: 'm', input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }], max_output_tokens: 500, store: false },
  'anthropic-messages': { model: 'm', max_tokens: 500, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }] },
}

const user = {
  chat: { role: 'user', content: 'Hello' },
  responses: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
  messages: { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
}

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
const chatTool = { type: 'function', function: { name: 'weather', description: 'Weather of a city', parameters: schema, strict: true } }
const responsesTool = { type: 'function', name: 'weather', description: 'Weather of a city', parameters: schema, strict: true }
const messagesTool = { name: 'weather', description: 'Weather of a city', input_schema: schema, strict: true }

const called = {
  chat: [user.chat, {
    role: 'assistant', content: 'Let me look.', tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{"city":"Bergen"}' } },
    ],
  }],
  responses: [user.responses, { type: 'message', role: 'assistant', content: 'Let me look.' },
    { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }, { type: 'function_call', call_id: 'call_2', name: 'weather', arguments: '{"city":"Bergen"}' }],
  messages: [user.messages, {
    role: 'assistant', content: [{ type: 'text', text: 'Let me look.' }, { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Oslo' } }, { type: 'tool_use', id: 'call_2', name: 'weather', input: { city: 'Bergen' } }],
  }],
}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='
const toolResult = (content: readonly JsonObject[], rest: JsonObject = {}): JsonObject =>
  ({ messages: [...called.messages, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content, ...rest }] }] })

export const requestFeatures: readonly RequestFeature[] = [
  { name: 'one turn of text', forms: { 'openai-chat': {}, 'openai-responses': {}, 'anthropic-messages': {} } },
  {
    name: 'system message',
    forms: {
      'openai-chat': { messages: [{ role: 'system', content: 'Be brief.' }, user.chat] },
      'openai-responses': { input: [{ type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] }, user.responses] },
      'anthropic-messages': { system: [{ type: 'text', text: 'Be brief.' }] },
    },
  },
  {
    name: 'instructions',
    forms: { 'openai-responses': { instructions: 'Be brief.' } },
    becomes: {
      'openai-responses → openai-chat': { messages: [{ role: 'system', content: 'Be brief.' }, user.chat] },
      'openai-responses → anthropic-messages': { system: [{ type: 'text', text: 'Be brief.' }] },
    },
  },
  {
    name: 'developer message',
    forms: {
      'openai-chat': { messages: [{ role: 'developer', content: 'Be brief.' }, user.chat] },
      'openai-responses': { input: [{ type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be brief.' }] }, user.responses] },
    },
    becomes: {
      'openai-chat → anthropic-messages': { system: [{ type: 'text', text: 'Be brief.' }] },
      'openai-responses → anthropic-messages': { system: [{ type: 'text', text: 'Be brief.' }] },
    },
  },
  {
    name: 'several turns, a system message among them',
    forms: {
      'openai-chat': { messages: [user.chat, { role: 'assistant', content: 'Hi.' }, { role: 'system', content: 'Be brief.' }, { role: 'user', content: [{ type: 'text', text: 'Who' }, { type: 'text', text: 'are you?' }] }] },
      'openai-responses': {
        input: [user.responses, { type: 'message', role: 'assistant', content: 'Hi.' }, { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Who' }, { type: 'input_text', text: 'are you?' }] }],
      },
      'anthropic-messages': {
        messages: [user.messages, { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] }, { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
          { role: 'user', content: [{ type: 'text', text: 'Who' }, { type: 'text', text: 'are you?' }] }],
      },
    },
  },
  {
    name: 'image by URL',
    forms: {
      'openai-chat': { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] },
      'openai-responses': { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is it?' }, { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' }] }] },
      'anthropic-messages': { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }] }] },
    },
  },
  {
    name: 'image as data',
    forms: {
      'openai-chat': { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }] }] },
      'openai-responses': { input: [{ type: 'message', role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${pixel}`, detail: 'auto' }] }] },
      'anthropic-messages': { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }] }] },
    },
  },
  {
    name: 'image detail',
    forms: {
      'openai-chat': { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } }] }] },
      'openai-responses': { input: [{ type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' }] }] },
    },
    refused: { 'openai-chat → anthropic-messages': 'messages', 'openai-responses → anthropic-messages': 'input' },
  },
  {
    name: 'image of another media type (BMP)',
    forms: {
      'openai-chat': { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/bmp;base64,Qk0=' } }] }] },
      'openai-responses': { input: [{ type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'data:image/bmp;base64,Qk0=', detail: 'auto' }] }] },
    },
    refused: { 'openai-chat → anthropic-messages': 'messages', 'openai-responses → anthropic-messages': 'input' },
  },
  {
    name: 'file',
    forms: {
      'openai-chat': { messages: [{ role: 'user', content: [{ type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } }] }] },
      'openai-responses': { input: [{ role: 'user', content: [{ type: 'input_file', file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' }] }] },
      'anthropic-messages': { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } }] }] },
    },
    refused: { 'openai-chat': 'messages[0].content[0].type', 'openai-responses': 'input[0].content[0].type', 'anthropic-messages': 'messages[0].content[0].type' },
  },
  {
    name: 'audio input',
    forms: { 'openai-chat': { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }] } },
    refused: { 'openai-chat': 'messages[0].content[0].type' },
  },
  {
    name: 'participant name',
    forms: { 'openai-chat': { messages: [{ role: 'user', content: 'Hello', name: 'kim' }] } },
    refused: { 'openai-chat': 'messages[0].name' },
  },
  {
    name: 'tools',
    forms: { 'openai-chat': { tools: [chatTool] }, 'openai-responses': { tools: [responsesTool] }, 'anthropic-messages': { tools: [messagesTool] } },
  },
  {
    name: 'tool without parameters',
    forms: {
      'openai-chat': { tools: [{ type: 'function', function: { name: 'now' } }] },
      'openai-responses': { tools: [{ type: 'function', name: 'now', parameters: null, strict: false }] },
      'anthropic-messages': { tools: [{ name: 'now', input_schema: { type: 'object', properties: {} } }] },
    },
    becomes: {
      'openai-responses → openai-chat': { tools: [{ type: 'function', function: { name: 'now', strict: false } }] },
      'openai-responses → anthropic-messages': { tools: [{ name: 'now', input_schema: { type: 'object', properties: {} }, strict: false }] },
      'anthropic-messages → openai-chat': { tools: [{ type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } }] },
      'anthropic-messages → openai-responses': { tools: [{ type: 'function', name: 'now', parameters: { type: 'object', properties: {} }, strict: false }] },
    },
  },
  ...toolTurns(),
  ...toolChoices(),
  {
    name: 'custom (free-form) tool',
    forms: { 'openai-chat': { tools: [{ type: 'custom', custom: { name: 'patch' } }] }, 'openai-responses': { tools: [{ type: 'custom', name: 'patch' }] } },
    refused: { 'openai-chat': 'tools[0].type', 'openai-responses': 'tools[0].type' },
  },
  {
    name: 'hosted web search',
    forms: { 'openai-chat': { web_search_options: {} }, 'openai-responses': { tools: [{ type: 'web_search' }] }, 'anthropic-messages': { tools: [{ type: 'web_search_20250305', name: 'web_search' }] } },
    refused: { 'openai-chat': 'web_search_options', 'openai-responses': 'tools[0].type', 'anthropic-messages': 'tools[0].type' },
  },
  {
    name: 'JSON schema output',
    forms: {
      'openai-chat': { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } },
      'openai-responses': { text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } } },
      'anthropic-messages': { output_config: { format: { type: 'json_schema', schema } } },
    },
  },
  {
    name: 'JSON schema output with a description',
    forms: {
      'openai-chat': { response_format: { type: 'json_schema', json_schema: { name: 'answer', description: 'A city', schema, strict: true } } },
      'openai-responses': { text: { format: { type: 'json_schema', name: 'answer', description: 'A city', schema, strict: true } } },
    },
    becomes: {
      'openai-chat → anthropic-messages': { output_config: { format: { type: 'json_schema', schema: { description: 'A city', ...schema } } } },
      'openai-responses → anthropic-messages': { output_config: { format: { type: 'json_schema', schema: { description: 'A city', ...schema } } } },
    },
  },
  {
    name: 'JSON mode without a schema',
    forms: { 'openai-chat': { response_format: { type: 'json_object' } }, 'openai-responses': { text: { format: { type: 'json_object' } } } },
    refused: { 'openai-chat → anthropic-messages': 'response_format', 'openai-responses → anthropic-messages': 'text.format' },
  },
  ...samplings(),
  ...reasonings(),
  ...identities(),
  ...onlyHere(),
]

function toolTurns(): readonly RequestFeature[] {
  const more = [{ type: 'text', text: 'And now?' }]
  return [
    { name: 'parallel tool calls of an earlier turn', forms: { 'openai-chat': { messages: called.chat }, 'openai-responses': { input: called.responses }, 'anthropic-messages': { messages: called.messages } } },
    {
      name: 'tool results',
      forms: {
        'openai-chat': { messages: [...called.chat, { role: 'tool', tool_call_id: 'call_1', content: '7 °C' }, { role: 'tool', tool_call_id: 'call_2', content: '9 °C' }, { role: 'user', content: 'And now?' }] },
        'openai-responses': {
          input: [...called.responses, { type: 'function_call_output', call_id: 'call_1', output: '7 °C' }, { type: 'function_call_output', call_id: 'call_2', output: '9 °C' },
            { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And now?' }] }],
        },
        'anthropic-messages': {
          messages: [...called.messages, {
            role: 'user', content: [
              { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: '7 °C' }] }, { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: '9 °C' }] }, ...more],
          }],
        },
      },
    },
    {
      name: 'tool result that is an error',
      forms: { 'anthropic-messages': toolResult([{ type: 'text', text: 'No such city' }], { is_error: true }) },
      becomes: {
        'anthropic-messages → openai-chat': { messages: [...called.chat, { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: '[tool error]\n' }, { type: 'text', text: 'No such city' }] }] },
        'anthropic-messages → openai-responses': {
          input: [...called.responses, { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: '[tool error]\n' }, { type: 'input_text', text: 'No such city' }] }],
        },
      },
    },
    {
      name: 'image in a tool result',
      forms: {
        'openai-responses': { input: [...called.responses, { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' }] }] },
        'anthropic-messages': toolResult([{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }]),
      },
      refused: { 'openai-responses → openai-chat': 'input', 'anthropic-messages → openai-chat': 'messages' },
    },
    {
      name: 'tool arguments that are no JSON',
      forms: {
        'openai-chat': { messages: [user.chat, { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city' } }] }] },
        'openai-responses': { input: [user.responses, { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city' }] },
      },
      refused: { 'openai-chat → anthropic-messages': 'messages', 'openai-responses → anthropic-messages': 'input' },
    },
  ]
}

function toolChoices(): readonly RequestFeature[] {
  const choice = (name: string, chat: JsonObject | string, responses: JsonObject | string, messages: JsonObject): RequestFeature => ({
    name,
    forms: {
      'openai-chat': { tools: [chatTool], tool_choice: chat },
      'openai-responses': { tools: [responsesTool], tool_choice: responses },
      'anthropic-messages': { tools: [messagesTool], tool_choice: messages },
    },
  })
  return [
    choice('tool choice: auto', 'auto', 'auto', { type: 'auto' }),
    choice('tool choice: none', 'none', 'none', { type: 'none' }),
    choice('tool choice: any', 'required', 'required', { type: 'any' }),
    choice('tool choice: a named tool', { type: 'function', function: { name: 'weather' } }, { type: 'function', name: 'weather' }, { type: 'tool', name: 'weather' }),
    {
      name: 'tool choice: some of the tools',
      forms: {
        'openai-chat': { tools: [chatTool], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] } } },
        'openai-responses': { tools: [responsesTool], tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'weather' }] } },
      },
      refused: { 'openai-chat → anthropic-messages': 'tool_choice', 'openai-responses → anthropic-messages': 'tool_choice' },
    },
    {
      name: 'no parallel tool calls',
      forms: {
        'openai-chat': { tools: [chatTool], tool_choice: 'auto', parallel_tool_calls: false },
        'openai-responses': { tools: [responsesTool], tool_choice: 'auto', parallel_tool_calls: false },
        'anthropic-messages': { tools: [messagesTool], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      },
    },
  ]
}

function samplings(): readonly RequestFeature[] {
  return [
    {
      name: 'stop sequences',
      forms: { 'openai-chat': { stop: ['END'] }, 'anthropic-messages': { stop_sequences: ['END'] } },
      refused: { 'openai-chat → openai-responses': 'stop', 'anthropic-messages → openai-responses': 'stop_sequences' },
    },
    {
      name: 'no output limit',
      forms: { 'openai-chat': { max_completion_tokens: undefined }, 'openai-responses': { max_output_tokens: undefined } },
      becomes: { 'openai-chat → anthropic-messages': { max_tokens: 4096 }, 'openai-responses → anthropic-messages': { max_tokens: 4096 } },
    },
    {
      name: 'output limit under 16 tokens',
      forms: { 'openai-chat': { max_completion_tokens: 5 }, 'openai-responses': { max_output_tokens: 5 }, 'anthropic-messages': { max_tokens: 5 } },
      refused: { 'openai-chat → openai-responses': 'max_completion_tokens', 'anthropic-messages → openai-responses': 'max_tokens' },
    },
    {
      name: 'max_tokens, the older limit',
      forms: { 'openai-chat': { max_completion_tokens: undefined, max_tokens: 500 } },
      becomes: { 'openai-chat → openai-responses': {}, 'openai-chat → anthropic-messages': {} },
    },
    { name: 'temperature, top_p', forms: { 'openai-chat': { temperature: 0.5, top_p: 0.9 }, 'openai-responses': { temperature: 0.5, top_p: 0.9 }, 'anthropic-messages': { temperature: 0.5, top_p: 0.9 } } },
    {
      name: 'temperature over 1',
      forms: { 'openai-chat': { temperature: 1.5 }, 'openai-responses': { temperature: 1.5 } },
      refused: { 'openai-chat → anthropic-messages': 'temperature', 'openai-responses → anthropic-messages': 'temperature' },
    },
    { name: 'top_k', forms: { 'anthropic-messages': { top_k: 40 } }, refused: { 'anthropic-messages': 'top_k' } },
    {
      name: 'verbosity',
      forms: { 'openai-chat': { verbosity: 'low' }, 'openai-responses': { text: { verbosity: 'low' } } },
      refused: { 'openai-chat → anthropic-messages': 'verbosity', 'openai-responses → anthropic-messages': 'text.verbosity' },
    },
    {
      name: 'log probabilities',
      forms: { 'openai-chat': { logprobs: true, top_logprobs: 2 }, 'openai-responses': { include: ['message.output_text.logprobs'], top_logprobs: 2 } },
      refused: { 'openai-chat → anthropic-messages': 'logprobs', 'openai-responses → anthropic-messages': 'top_logprobs' },
    },
    {
      name: 'values that have no effect',
      forms: {
        'openai-chat': { n: 1, frequency_penalty: 0, presence_penalty: 0, logit_bias: {}, modalities: ['text'], logprobs: false, seed: null },
        'openai-responses': { background: false, truncation: 'disabled', top_logprobs: 0, context_management: [], stream_options: { include_obfuscation: false } },
        'anthropic-messages': { speed: 'standard', mcp_servers: [], container: null },
      },
      becomes: Object.fromEntries(pairs.map((pair) => [pair, {}])),
    },
  ]
}

function reasonings(): readonly RequestFeature[] {
  const effort = { chat: { reasoning_effort: 'high' }, messages: { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } } }
  return [
    {
      name: 'reasoning effort, with a summary',
      forms: {
        'openai-chat': effort.chat,
        'openai-responses': { reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] },
        'anthropic-messages': effort.messages,
      },
      becomes: { 'openai-chat → openai-responses': { reasoning: { effort: 'high' }, include: ['reasoning.encrypted_content'] } },
    },
    {
      name: 'reasoning effort, without a summary',
      forms: {
        'openai-responses': { reasoning: { effort: 'high' }, include: ['reasoning.encrypted_content'] },
        'anthropic-messages': { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'high' } },
      },
      becomes: { 'openai-responses → openai-chat': effort.chat, 'anthropic-messages → openai-chat': effort.chat },
    },
    {
      name: 'effort alone',
      forms: { 'anthropic-messages': { output_config: { effort: 'low' } } },
      becomes: { 'anthropic-messages → openai-chat': { reasoning_effort: 'low' }, 'anthropic-messages → openai-responses': { reasoning: { effort: 'low' } } },
    },
    {
      name: 'no reasoning',
      forms: { 'openai-chat': { reasoning_effort: 'none' }, 'openai-responses': { reasoning: { effort: 'none' } }, 'anthropic-messages': { thinking: { type: 'disabled' } } },
    },
    {
      name: 'minimal effort',
      forms: { 'openai-chat': { reasoning_effort: 'minimal' }, 'openai-responses': { reasoning: { effort: 'minimal', summary: 'auto' }, include: ['reasoning.encrypted_content'] } },
      refused: { 'openai-chat → anthropic-messages': 'reasoning_effort', 'openai-responses → anthropic-messages': 'reasoning' },
      becomes: { 'openai-chat → openai-responses': { reasoning: { effort: 'minimal' }, include: ['reasoning.encrypted_content'] } },
    },
    { name: 'a budget of thinking tokens', forms: { 'anthropic-messages': { thinking: { type: 'enabled', budget_tokens: 2048 } } }, refused: { 'anthropic-messages': 'thinking.budget_tokens' } },
    {
      name: 'detailed reasoning summary',
      forms: { 'openai-responses': { reasoning: { summary: 'detailed' } } },
      refused: { 'openai-responses': 'reasoning' },
    },
    {
      name: 'reasoning of an earlier turn, sealed by its maker',
      forms: {
        'openai-chat': { messages: [user.chat, { role: 'assistant', content: 'Hi.' }] },
        'openai-responses': {
          input: [user.responses, { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Greet.' }], encrypted_content: 'c2VhbA' }, { type: 'message', role: 'assistant', content: 'Hi.' }],
          include: ['reasoning.encrypted_content'],
        },
        'anthropic-messages': { messages: [user.messages, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Greet.', signature: 'weir1:openai-responses::rs_1:c2VhbA' }, { type: 'text', text: 'Hi.' }] }] },
      },
      becomes: {
        'openai-chat → openai-responses': { input: [user.responses, { type: 'message', role: 'assistant', content: 'Hi.' }] },
        'openai-chat → anthropic-messages': { messages: [user.messages, { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] }] },
        'openai-responses → anthropic-messages': { messages: [user.messages, { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] }] },
      },
    },
    {
      name: 'reasoning of an earlier turn, sealed by another maker or by nobody',
      forms: {
        'openai-chat': { messages: [user.chat, { role: 'assistant', content: 'Hi.', reasoning_content: 'Greet.' }] },
        'openai-responses': {
          input: [user.responses, { type: 'reasoning', id: 'rs_1', summary: [] }, { type: 'message', id: 'msg_1', status: 'completed', phase: 'final_answer', role: 'assistant', content: [{ type: 'output_text', text: 'Hi.', annotations: [], logprobs: [] }] }],
        },
        'anthropic-messages': { messages: [user.messages, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Greet.', signature: 'c2lnbmVk' }, { type: 'text', text: 'Hi.' }] }] },
      },
      becomes: Object.fromEntries(pairs.map((pair) => [pair, pair.endsWith('chat') ? { messages: [user.chat, { role: 'assistant', content: 'Hi.' }] }
        : pair.endsWith('responses') ? { input: [user.responses, { type: 'message', role: 'assistant', content: 'Hi.' }] }
          : { messages: [user.messages, { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] }] }])),
    },
  ]
}

function identities(): readonly RequestFeature[] {
  const long = 'u'.repeat(65)
  return [
    { name: 'end-user id', forms: { 'openai-chat': { safety_identifier: 'u-1' }, 'openai-responses': { safety_identifier: 'u-1' }, 'anthropic-messages': { metadata: { user_id: 'u-1' } } } },
    {
      name: 'end-user id of over 64 characters',
      forms: { 'openai-chat': { user: long }, 'openai-responses': { user: long }, 'anthropic-messages': { metadata: { user_id: long } } },
    },
    {
      name: 'two different end-user ids',
      forms: { 'openai-chat': { safety_identifier: 'u-1', user: 'u-2' }, 'openai-responses': { safety_identifier: 'u-1', user: 'u-2' } },
      refused: { 'openai-chat → anthropic-messages': 'user', 'openai-responses → anthropic-messages': 'user' },
    },
    {
      name: 'metadata',
      forms: { 'openai-chat': { metadata: { team: 'blue' } }, 'openai-responses': { metadata: { team: 'blue' } } },
      becomes: { 'openai-chat → anthropic-messages': {}, 'openai-responses → anthropic-messages': {} },
    },
    {
      name: 'service tier: default',
      forms: { 'openai-chat': { service_tier: 'default' }, 'openai-responses': { service_tier: 'default' }, 'anthropic-messages': { service_tier: 'standard_only' } },
    },
    {
      name: 'service tier: flex',
      forms: { 'openai-chat': { service_tier: 'flex' }, 'openai-responses': { service_tier: 'flex' } },
      refused: { 'openai-chat → anthropic-messages': 'service_tier', 'openai-responses → anthropic-messages': 'service_tier' },
    },
    {
      name: 'prompt cache key',
      forms: { 'openai-chat': { prompt_cache_key: 'k' }, 'openai-responses': { prompt_cache_key: 'k' } },
      refused: { 'openai-chat → anthropic-messages': 'prompt_cache_key', 'openai-responses → anthropic-messages': 'prompt_cache_key' },
    },
    {
      name: 'cache mark of five minutes',
      forms: { 'anthropic-messages': { cache_control: { type: 'ephemeral' }, tools: [{ ...messagesTool, cache_control: { type: 'ephemeral', ttl: '5m' }, eager_input_streaming: true }] } },
      becomes: { 'anthropic-messages → openai-chat': { tools: [chatTool] }, 'anthropic-messages → openai-responses': { tools: [responsesTool] } },
    },
    { name: 'cache mark of an hour', forms: { 'anthropic-messages': { cache_control: { type: 'ephemeral', ttl: '1h' } } }, refused: { 'anthropic-messages': 'cache_control.ttl' } },
  ]
}

function onlyHere(): readonly RequestFeature[] {
  const chat = (name: string, param: string, form: JsonObject): RequestFeature => ({ name, forms: { 'openai-chat': form }, refused: { 'openai-chat': param } })
  const responses = (name: string, param: string, form: JsonObject): RequestFeature => ({ name, forms: { 'openai-responses': form }, refused: { 'openai-responses': param } })
  const messages = (name: string, param: string, form: JsonObject): RequestFeature => ({ name, forms: { 'anthropic-messages': form }, refused: { 'anthropic-messages': param } })
  return [
    { name: 'store: true', forms: { 'openai-chat': { store: true }, 'openai-responses': { store: true } }, refused: { 'openai-chat': 'store', 'openai-responses': 'store' } },
    { name: 'store: false', forms: { 'openai-chat': { store: false }, 'openai-responses': { store: false } }, becomes: { 'openai-chat → anthropic-messages': {}, 'openai-responses → anthropic-messages': {}, 'openai-responses → openai-chat': {} } },
    chat('several choices', 'n', { n: 2 }),
    chat('seed', 'seed', { seed: 7 }),
    chat('frequency penalty', 'frequency_penalty', { frequency_penalty: 0.5 }),
    chat('presence penalty', 'presence_penalty', { presence_penalty: 0.5 }),
    chat('logit bias', 'logit_bias', { logit_bias: { 50256: -100 } }),
    chat('audio output', 'modalities', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }),
    chat('predicted output', 'prediction', { prediction: { type: 'content', content: 'x' } }),
    chat('functions, the older tools', 'functions', { functions: [{ name: 'f' }] }),
    responses('previous response', 'previous_response_id', { previous_response_id: 'resp_1' }),
    responses('conversation', 'conversation', { conversation: 'conv_1' }),
    responses('stored prompt', 'prompt', { prompt: { id: 'pmpt_1' } }),
    responses('background', 'background', { background: true }),
    responses('reference to a stored item', 'input[0].type', { input: [{ type: 'item_reference', id: 'msg_1' }] }),
    responses('truncation', 'truncation', { truncation: 'auto' }),
    responses('limit of hosted tool calls', 'max_tool_calls', { max_tool_calls: 3 }),
    messages('container', 'container', { container: 'c_1' }),
    messages('fast mode', 'speed', { speed: 'fast' }),
    messages('region of inference', 'inference_geo', { inference_geo: 'us' }),
    messages('remote tool servers', 'mcp_servers', { mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'x' }] }),
    { name: 'unknown parameter', forms: { 'openai-chat': { shoe_size: 43 }, 'openai-responses': { shoe_size: 43 }, 'anthropic-messages': { shoe_size: 43 } }, refused: { 'openai-chat': 'shoe_size', 'openai-responses': 'shoe_size', 'anthropic-messages': 'shoe_size' } },
  ]
}
