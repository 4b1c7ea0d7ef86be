/**
 * Everything that a translation leaves out or refuses, declared once (C7): the parsers act on `noEffect` and
 * `untranslatable`, and `docs/dialects.md` shows all three tables. Parameters as in the OpenAI OpenAPI specification 2.3.0
 * and the typings of openai 7.57.0 and @anthropic-ai/sdk 1.12.0, read 2026-11-23.
 */
import { canonicalJson, type Json } from '../kernel/canonical-json.ts'
import type { Fields } from './fields.ts'
import type { ChatDialect } from './part.ts'

interface NoEffect { readonly dialect: ChatDialect; readonly param: string; readonly values: readonly Json[]; readonly reason: string }

/** Values that say what holds anyway. They are left out of a translated request; any other value is refused. */
export const noEffect: readonly NoEffect[] = [
  { dialect: 'openai-chat', param: 'n', values: [1], reason: 'one answer is what all three dialects give' },
  { dialect: 'openai-chat', param: 'frequency_penalty', values: [0], reason: 'the default: no penalty' },
  { dialect: 'openai-chat', param: 'presence_penalty', values: [0], reason: 'the default: no penalty' },
  { dialect: 'openai-chat', param: 'logit_bias', values: [{}], reason: 'no token is named' },
  { dialect: 'openai-chat', param: 'modalities', values: [['text']], reason: 'the default: text only' },
  { dialect: 'openai-chat', param: 'logprobs', values: [false], reason: 'the default' },
  { dialect: 'openai-chat', param: 'top_logprobs', values: [0], reason: 'the default' },
  { dialect: 'openai-chat', param: 'store', values: [false], reason: 'the default; responses are told so as well' },
  { dialect: 'openai-responses', param: 'store', values: [false], reason: 'what holds in translation: nothing is stored' },
  { dialect: 'openai-responses', param: 'background', values: [false], reason: 'the default' },
  { dialect: 'openai-responses', param: 'truncation', values: ['disabled'], reason: 'the default' },
  { dialect: 'openai-responses', param: 'top_logprobs', values: [0], reason: 'the default' },
  { dialect: 'openai-responses', param: 'context_management', values: [[]], reason: 'nothing is named' },
  { dialect: 'anthropic-messages', param: 'speed', values: ['standard'], reason: 'the default' },
  { dialect: 'anthropic-messages', param: 'mcp_servers', values: [[]], reason: 'no server is named' },
]

interface Untranslatable { readonly dialect: ChatDialect; readonly param: string; readonly reason: string }

/** Known parameters of one dialect that no other has. */
export const untranslatable: readonly Untranslatable[] = [
  { dialect: 'openai-chat', param: 'n', reason: 'the other dialects give one answer per request' },
  { dialect: 'openai-chat', param: 'frequency_penalty', reason: 'only this dialect has it' },
  { dialect: 'openai-chat', param: 'presence_penalty', reason: 'only this dialect has it' },
  { dialect: 'openai-chat', param: 'logit_bias', reason: 'only this dialect has it' },
  { dialect: 'openai-chat', param: 'seed', reason: 'only this dialect has it' },
  { dialect: 'openai-chat', param: 'modalities', reason: 'audio output has no translation' },
  { dialect: 'openai-chat', param: 'audio', reason: 'audio output has no translation' },
  { dialect: 'openai-chat', param: 'prediction', reason: 'only this dialect has it' },
  { dialect: 'openai-chat', param: 'web_search_options', reason: 'hosted tools have no translation' },
  { dialect: 'openai-chat', param: 'moderation', reason: 'hosted moderation has no translation' },
  { dialect: 'openai-chat', param: 'functions', reason: 'an older form: use `tools`' },
  { dialect: 'openai-chat', param: 'function_call', reason: 'an older form: use `tool_choice`' },
  { dialect: 'openai-chat', param: 'prompt_cache_options', reason: 'cache control has no common form' },
  { dialect: 'openai-chat', param: 'store', reason: 'what another API stores has no id in this one' },
  { dialect: 'openai-responses', param: 'store', reason: 'what another API stores has no id in this one' },
  { dialect: 'openai-responses', param: 'background', reason: 'stored responses have no translation' },
  { dialect: 'openai-responses', param: 'previous_response_id', reason: 'stored responses have no translation: send the conversation in `input`' },
  { dialect: 'openai-responses', param: 'conversation', reason: 'stored conversations have no translation: send the conversation in `input`' },
  { dialect: 'openai-responses', param: 'prompt', reason: 'stored prompts have no translation' },
  { dialect: 'openai-responses', param: 'truncation', reason: 'only this dialect has it' },
  { dialect: 'openai-responses', param: 'max_tool_calls', reason: 'it limits hosted tools, which have no translation' },
  { dialect: 'openai-responses', param: 'context_management', reason: 'only this dialect has it' },
  { dialect: 'openai-responses', param: 'moderation', reason: 'hosted moderation has no translation' },
  { dialect: 'openai-responses', param: 'prompt_cache_options', reason: 'cache control has no common form' },
  { dialect: 'openai-responses', param: 'access_programs', reason: 'only this dialect has it' },
  { dialect: 'openai-responses', param: 'image', reason: 'only this dialect has it' },
  { dialect: 'anthropic-messages', param: 'container', reason: 'hosted containers have no translation' },
  { dialect: 'anthropic-messages', param: 'context_management', reason: 'only this dialect has it' },
  { dialect: 'anthropic-messages', param: 'diagnostics', reason: 'only this dialect has it' },
  { dialect: 'anthropic-messages', param: 'inference_geo', reason: 'the region is chosen by the route' },
  { dialect: 'anthropic-messages', param: 'mcp_servers', reason: 'hosted tools have no translation' },
  { dialect: 'anthropic-messages', param: 'speed', reason: 'only this dialect has it' },
]

interface LeftOut { readonly from: ChatDialect | 'any'; readonly to: ChatDialect | 'any'; readonly what: string; readonly reason: string }

/** Carried in another way or left out although it has a value. Each entry has its case in the conformance suite. */
export const leftOut: readonly LeftOut[] = [
  { from: 'any', to: 'anthropic-messages', what: 'metadata', reason: 'the wire format has no field for it; Weir records it with the call as caller tags' },
  { from: 'any', to: 'anthropic-messages', what: 'name and strict of a JSON schema', reason: 'the wire format knows the schema alone and always enforces it; a description moves into the schema' },
  { from: 'any', to: 'anthropic-messages', what: 'no output limit', reason: 'the wire format demands one: 4096 tokens unless the route sets another' },
  { from: 'anthropic-messages', to: 'any', what: 'cache_control of five minutes', reason: 'a mark that changes the price, not the answer; the targets cache prefixes by themselves' },
  { from: 'anthropic-messages', to: 'any', what: 'eager_input_streaming of a tool', reason: 'the targets stream arguments as they are written, always' },
  { from: 'anthropic-messages', to: 'any', what: 'is_error of a tool result', reason: 'no target has the flag: the result begins with the line "[tool error]"' },
  { from: 'any', to: 'any', what: 'reasoning in earlier turns that another maker sealed, or nobody', reason: 'only its maker can verify it; the wire formats let it be left out' },
  { from: 'any', to: 'openai-chat', what: 'the wish to see a summary of the reasoning', reason: 'the upstream shows its reasoning text or does not; there is nothing to ask' },
  { from: 'openai-responses', to: 'any', what: 'id, status, phase, annotations and logprobs of earlier items', reason: 'marks that the API itself put on an earlier answer' },
  { from: 'openai-responses', to: 'any', what: 'include of reasoning.encrypted_content and of results of hosted tools', reason: 'sealed reasoning comes along wherever there is any; without hosted tools there are no results' },
  { from: 'any', to: 'any', what: 'stream_options', reason: 'the usage event follows what the client asked; composed streams carry no obfuscation' },
]

/** Takes the parameters of the first two tables out of a request: drops what has no effect, refuses the rest by name. */
export function settleUntranslated(dialect: ChatDialect, top: Fields): void {
  for (const entry of noEffect) {
    if (entry.dialect !== dialect) continue
    const value = top.peek(entry.param)
    if (value !== undefined && entry.values.some((each) => canonicalJson(each) === canonicalJson(value))) top.skip(entry.param)
  }
  for (const entry of untranslatable) {
    if (entry.dialect === dialect && top.left(entry.param)) {
      top.take(entry.param)
      top.refuse(entry.param, 'unsupported_parameter', `'${entry.param}' cannot be carried into the wire format in which this model is served: ${entry.reason}.`)
    }
  }
}
