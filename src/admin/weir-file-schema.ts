/** The shape of weir.yaml: the resources of an installation, and the settings of the process that serves it. */
import { z } from 'zod'
import { resourcesSchema } from '../gateway/resources.ts'
import { signInSchema } from './people/settings.ts'

/** A whole number, or the same in quotes, so that `port: "${PORT}"` works. */
const whole = (what: string, least = 1): z.ZodType<number, number | string> =>
  z.union([z.number().int().min(least), z.string().regex(/^\d+$/).transform(Number)], { error: what })

export const settingsShape = {
  listen: z.strictObject({
    host: z.string().min(1).optional(),
    port: whole('a port: a whole number from 0 to 65535', 0).refine((port) => port <= 65_535, 'a port: a whole number from 0 to 65535').optional(),
  }).optional(),
  /** Folder of the embedded database, the journal, the master key and the CLI's token. */
  data: z.string().min(1).optional(),
  /** `postgres://…`; left out, the embedded database is used. */
  database: z.string().regex(/^postgres(ql)?:\/\//, 'a URL such as postgres://user:password@host:5432/weir').optional(),
  role: z.enum(['all', 'gateway', 'control']).optional(),
  journal: z.strictObject({ durability: z.enum(['process', 'power']).optional() }).optional(),
  drainMs: whole('milliseconds: a whole number', 0).optional(),
  staleAfterMs: whole('milliseconds: a whole number').optional(),
  bodyLimitBytes: whole('bytes: a whole number').optional(),
  log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).optional() }).optional(),
  /** Who cosigns the logs, each minute: `weir witness` prints both. */
  witnesses: z.array(z.strictObject({ url: z.url(), key: z.string().regex(/^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/, 'a witness\'s verifier key: name+8 hexadecimal digits+base64') })).optional(),
  /** Hosts inside the network that webhooks may be sent to, and notices' cases read at; all others have to have public addresses and https. */
  webhooks: z.strictObject({ privateHosts: z.array(z.string().min(1)).default([]) }).optional(),
  /** Where spans and metrics go: the base URL of an OTLP/HTTP collector. */
  otlp: z.strictObject({ endpoint: z.url() }).optional(),
  /** Where the console is reached, and who vouches for people. */
  signIn: signInSchema.optional(),
}

export const weirFileSchema = resourcesSchema.extend(settingsShape)

export type WeirFile = z.infer<typeof weirFileSchema>

type JsonSchema = { readonly [key: string]: unknown }

/** JSON Schema 2020-12 of weir.yaml, as published in docs/weir.schema.json. */
export function publishedSchema(): JsonSchema {
  const schema = z.toJSONSchema(weirFileSchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema
  return { ...schema, $id: 'weir.schema.json', title: 'weir.yaml' }
}

/** The names that may stand in the object at `path`, read off the published schema; undefined where any name may. */
export function membersAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  let at: unknown = publishedSchema()
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    const schema = at as { properties?: Record<string, unknown>; additionalProperties?: unknown; items?: unknown }
    at = typeof step === 'number' ? schema.items : (schema.properties?.[String(step)] ?? schema.additionalProperties)
  }
  const properties = (at as { properties?: object } | undefined)?.properties
  return properties === undefined ? undefined : Object.keys(properties)
}
