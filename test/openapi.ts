/**
 * Checks answers against the published OpenAPI specifications: of the OpenAI surface (../shared/specs/openai-openapi.yaml.gz)
 * and of Azure's (../shared/specs/azure). The documents are OpenAPI 3.0, or 3.1 with habits of 3.0; they are translated to
 * JSON Schema 2020-12 before compiling.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

const files = {
  openai: 'openai-openapi.yaml.gz', 'azure-2024-10-21': 'azure/inference-2024-10-21.yaml', 'azure-2025-03-01-preview': 'azure/inference-2025-03-01-preview.json', 'azure-v1': 'azure/inference-v1.json',
} as const
export type Specification = keyof typeof files

const fileOf = (name: Specification): URL => new URL(`../../shared/specs/${files[name]}`, import.meta.url)

/** For a test's `skip` option: false where all specifications are present. */
export const specificationMissing: string | false = (Object.keys(files) as Specification[]).every((name) => existsSync(fileOf(name))) ? false : 'skipped: ../shared/specs not found'

type Node = { [key: string]: unknown }

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * `nullable: true` becomes a union with null (ajv refuses it beside $ref and enum). `oneOf` becomes `anyOf`: its branches
 * are told apart by discriminators that overlap in places, and "at least one branch" is what a client relies on.
 */
function translate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translate)
  if (!isNode(value)) return value
  const { nullable, discriminator, oneOf, example, ...rest } = value
  void discriminator
  void example
  const schema: Node = {}
  for (const [key, member] of Object.entries(rest)) schema[key] = key === 'enum' || key === 'const' ? member : translate(member)
  if (Array.isArray(oneOf)) {
    const any = { anyOf: oneOf.map(translate) }
    if (schema['anyOf'] === undefined) Object.assign(schema, any)
    else schema['allOf'] = [...(Array.isArray(schema['allOf']) ? (schema['allOf'] as unknown[]) : []), any]
  }
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema
}

/** The document as it was published. */
export function specification(name: Specification): { readonly paths: Node; readonly components: { readonly schemas: Node } } {
  const bytes = readFileSync(fileOf(name))
  return parse((files[name].endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), { maxAliasCount: -1 }) as never
}

const compilers = new Map<Specification, Ajv2020>()

function compilerOf(name: Specification): Ajv2020 {
  const known = compilers.get(name)
  if (known !== undefined) return known
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false, logger: false })
  ajv.addSchema({ $id: name, components: { schemas: translate(specification(name).components.schemas) } })
  compilers.set(name, ajv)
  return ajv
}

/**
 * A check against one named schema of `components.schemas`, such as `CreateChatCompletionResponse`: returns one sentence
 * per violation, none where the value conforms. Throws where the schema does not exist. Parsing a document takes about
 * a second, once per process.
 */
export function validator(schemaName: string, from: Specification = 'openai'): (value: unknown) => readonly string[] {
  let validate: ValidateFunction | undefined
  return (value) => {
    validate ??= compilerOf(from).getSchema(`${from}#/components/schemas/${schemaName}`)
    if (validate === undefined) throw new Error(`the specification has no schema named ${schemaName}`)
    if (validate(value) === true) return []
    return (validate.errors ?? []).map((error) => `${schemaName}${error.instancePath}: ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`)
  }
}
