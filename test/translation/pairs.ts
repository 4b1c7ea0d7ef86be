import type { ChatDialect } from '../../src/dialects/part.ts'

export type Pair = `${ChatDialect} → ${ChatDialect}`

export const dialectNames: readonly ChatDialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages']

/** All six ordered pairs: the client's dialect, then the upstream's. */
export const dialectPairs: readonly (readonly [client: ChatDialect, upstream: ChatDialect])[] =
  dialectNames.flatMap((client) => dialectNames.filter((upstream) => upstream !== client).map((upstream) => [client, upstream] as const))

export const pairName = (client: ChatDialect, upstream: ChatDialect): Pair => `${client} → ${upstream}`

export const pairs: readonly Pair[] = dialectPairs.map(([client, upstream]) => pairName(client, upstream))
