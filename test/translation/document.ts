/** Makes docs/dialects.md out of what the conformance suite finds. */
import { isRefusal } from '../../src/dialects/dialect.ts'
import type { ChatDialect } from '../../src/dialects/part.ts'
import { leftOut, noEffect, untranslatable } from '../../src/dialects/untranslated.ts'
import { answerFeatures, type AnswerFeature } from './answers.ts'
import { open, requestOutcomes, type Outcome } from './outcomes.ts'
import { dialectPairs } from './pairs.ts'
import { plain, requestFeatures } from './requests.ts'

const short: Readonly<Record<ChatDialect, string>> = { 'openai-chat': 'chat', 'openai-responses': 'responses', 'anthropic-messages': 'messages' }

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

function requestCell({ got }: Outcome): string {
  if (got === undefined) return '–'
  return 'body' in got ? 'passes' : `refused: \`${got.refused ?? ''}\``
}

function answerCell(feature: AnswerFeature, client: ChatDialect, upstream: ChatDialect): string {
  if (feature.says[upstream] === undefined) return '–'
  const exchange = open(client, upstream, { ...plain[client], ...feature.asks?.[client] })
  return isRefusal(exchange) ? `refused: \`${exchange.param ?? ''}\`` : 'passes'
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

export function dialectsDocument(): string {
  const outcomes = requestOutcomes()
  const requests = requestFeatures.map(({ name }) => [name, ...outcomes.filter(({ feature }) => feature === name).map(requestCell)])
  const answers = answerFeatures.map((feature) => [feature.name, ...dialectPairs.map(([client, upstream]) => answerCell(feature, client, upstream))])
  return `# Dialects that translate into each other

Three wire formats carry chats: \`openai-chat\` (\`/v1/chat/completions\`), \`openai-responses\` (\`/v1/responses\`) and \`anthropic-messages\` (\`/v1/messages\`).
Where a model is served in the client's own format, bytes pass and everything the upstream knows works. Where it is not, Weir translates, by these rules:
what the target can say is said; what it cannot say is refused with the parameter's name, before anything is dialled; nothing is clamped; the few things that are left out stand in tables below.

This page is made by the conformance suite in \`test/translation\`, which fails when the page is not what it finds.
To make it again: \`node test/translation/write-document.ts\`.

## Requests

A column names the client's format, then the upstream's. *passes*: the translated request equals a hand-written one. *–*: the client's format has no words for it.

${table(['request', ...dialectPairs.map(([client, upstream]) => `${short[client]} → ${short[upstream]}`)], requests)}

## Answers

Every cell is tested whole and streamed, against a hand-written answer, and read by the official client of the client's format; composed OpenAI answers and events are checked against the published specification.
*–*: the upstream's format has no words for it.

${table(['answer', ...dialectPairs.map(([client, upstream]) => `${short[client]} ← ${short[upstream]}`)], answers)}

Answers carry the upstream's id under the prefix of the client's format. Usage counts are the upstream's, cached and reasoning tokens included; a client of messages sees input tokens without the cached ones beside the cached ones, as its format has it.
A tool call whose arguments are no JSON (cut off, most often) reaches a client of messages as \`{"raw_arguments": "…"}\`, since its format demands an object.
Reasoning that its maker sealed reaches a client of another format in an envelope (\`weir1:…\`) in the field for its own seals, and goes back to its maker unharmed.

## Carried in another way, or left out

${table(['from', 'to', 'what', 'why'], leftOut.map(({ from, to, what, reason }) => [from, to, what, reason]))}

## Values without effect

These are left out; any other value of the same parameter is refused or carried.

${table(['format', 'parameter', 'value', 'why'], noEffect.map(({ dialect, param, values, reason }) => [dialect, code(param), values.map(code).join(', '), reason]))}

## Parameters that no other format has

${table(['format', 'parameter', 'why'], untranslatable.map(({ dialect, param, reason }) => [dialect, code(param), reason]))}

A parameter that is in none of these tables and in no request above is refused as unknown.
`
}
