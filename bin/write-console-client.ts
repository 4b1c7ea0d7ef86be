/**
 * Writes console/generated-client.ts: types of every route of the admin API, from the OpenAPI document that the API itself
 * serves, and the permission that each asks for. No more than that table runs in the page. TypeScript 7 has no programming interface, and generators that
 * need one fail with it (STACK.md, pitfall 37): this one puts text together.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { adminApi } from '../src/admin/api.ts'
import type { AdminPorts } from '../src/admin/ports.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly description?: string
}

interface Operation {
  readonly summary?: string
  readonly 'x-permission'?: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema?: Schema; readonly description?: string }[]
  readonly requestBody?: { readonly required?: boolean; readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>>
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const quoted = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`)
const literal = (value: unknown): string => (typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : JSON.stringify(value))
/** Whether a type is several at its outermost: an operator that stands in no bracket. */
function isJoined(type: string): boolean {
  let depth = 0
  for (const [index, sign] of [...type].entries()) {
    if ('{(<['.includes(sign)) depth += 1
    else if ('})]'.includes(sign) || (sign === '>' && type[index - 1] !== '=')) depth -= 1
    else if (depth === 0 && (sign === '|' || sign === '&')) return true
  }
  return false
}

const joined = (types: readonly string[], by: string): string => [...new Set(types)].map((type) => (types.length > 1 && by === ' & ' && type.includes('|') ? `(${type})` : type)).join(by)
const comment = (text: string | undefined, indent: string): string => (text === undefined ? '' : `${indent}/** ${text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n`)

/** A type for a JSON schema. What has no shape is `unknown`, and so are references: nothing of ours needs one. */
function typeOf(schema: Schema | undefined, indent: string): string {
  if (schema === undefined) return 'unknown'
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return joined(schema.enum.map(literal), ' | ')
  const union = schema.anyOf ?? schema.oneOf
  if (union !== undefined) return joined(union.map((one) => typeOf(one, indent)), ' | ')
  if (schema.allOf !== undefined) return joined(schema.allOf.map((one) => typeOf(one, indent)), ' & ')
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  return types.length === 0 ? 'unknown' : joined(types.map((type) => simpleType(type, schema, indent)), ' | ')
}

function simpleType(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case 'string': return 'string'
    case 'number':
    case 'integer': return 'number'
    case 'boolean': return 'boolean'
    case 'null': return 'null'
    case 'array': {
      const item = typeOf(schema.items, indent)
      return `readonly ${isJoined(item) ? `(${item})` : item}[]`
    }
    case 'object': return objectType(schema, indent)
    default: return 'unknown'
  }
}

function objectType(schema: Schema, indent: string): string {
  const members = Object.entries(schema.properties ?? {})
  const rest = typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : undefined
  if (members.length === 0) return rest === undefined ? '{}' : `Readonly<Record<string, ${rest}>>`
  const inner = `${indent}  `
  const lines = members.map(([name, member]) => {
    const optional = !(schema.required ?? []).includes(name)
    return `${comment(member.description, inner)}${inner}readonly ${quoted(name)}${optional ? '?' : ''}: ${typeOf(member, inner)}${optional ? ' | undefined' : ''}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

function parametersOf(operation: Operation, place: string): Schema {
  const found = (operation.parameters ?? []).filter((one) => one.in === place)
  return {
    type: 'object', required: found.filter((one) => one.required === true).map((one) => one.name),
    properties: Object.fromEntries(found.map((one) => [one.name, { ...one.schema, ...(one.description === undefined ? {} : { description: one.description }) }])),
  }
}

const contentOf = (content: Readonly<Record<string, { readonly schema?: Schema }>> | undefined): Schema | undefined => Object.values(content ?? {})[0]?.schema

function routeText(method: string, path: string, operation: Operation): string {
  const body = contentOf(operation.requestBody?.content)
  const success = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith('2'))?.[1]
  return `${comment(operation.summary, '  ')}  '${method.toUpperCase()} ${path}': {
    readonly params: ${typeOf(parametersOf(operation, 'path'), '    ')}
    readonly query: ${typeOf(parametersOf(operation, 'query'), '    ')}
    readonly body: ${body === undefined ? 'undefined' : `${typeOf(body, '    ')}${operation.requestBody?.required === true ? '' : ' | undefined'}`}
    readonly answer: ${typeOf(contentOf(success?.content), '    ')}
  }`
}

/** Routes answer only when called, so that whatever they take from their ports beforehand may be nothing. */
const nothing: unknown = new Proxy(() => nothing, { get: (_target, name) => (name === 'then' ? undefined : name === Symbol.toPrimitive ? () => 0 : nothing) })

const portsOfNothing = new Proxy({}, { get: (_target, name) => (name === 'version' ? '0' : nothing) })

/** The text of console/generated-client.ts for the API as it is. */
export async function consoleClient(): Promise<string> {
  const api = await adminApi(portsOfNothing as AdminPorts)
  const { paths } = api.description() as Description
  const all = Object.keys(paths).toSorted().flatMap((path) => Object.entries(paths[path] ?? {}).map(([method, operation]) => ({ method, path, operation })))
  const routes = all.map(({ method, path, operation }) => routeText(method, path, operation))
  const permissions = all.flatMap(({ method, path, operation }) => (operation['x-permission'] === undefined ? [] : [`  '${method.toUpperCase()} ${path}': '${operation['x-permission']}',`]))
  await api.close()
  return `/** Routes of the admin API. Made by bin/write-console-client.ts from its OpenAPI document: change the API, not this file. */\nexport interface Routes {\n${routes.join('\n')}\n}\n\n/** What each route asks for; GET /admin/v1/session says what its reader may. */\nexport const permissions: Readonly<Record<keyof Routes, string>> = {\n${permissions.join('\n')}\n}\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(import.meta.dirname, '../console/generated-client.ts'), await consoleClient())
