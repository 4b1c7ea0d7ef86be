/**
 * Checks answers against the published OpenAPI specification of the OpenAI surface (../shared/specs/openai-openapi.yaml.gz).
 * The document is OpenAPI 3.1 but keeps some 3.0 habits; they are translated to JSON Schema 2020-12 before compiling.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

const file = new URL('../../shared/specs/openai-openapi.yaml.gz', import.meta.url)

/** For a test's `skip` option: false where the specification is present. */
export const specificationMissing: string | false = existsSync(file) ? false : 'skipped: ../shared/specs not found'

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

let compiler: Ajv2020 | undefined

function compilerOf(): Ajv2020 {
  if (compiler !== undefined) return compiler
  const document = parse(gunzipSync(readFileSync(file)).toString('utf8'), { maxAliasCount: -1 }) as { components: { schemas: Node } }
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false, logger: false })
  ajv.addSchema({ $id: 'openai', components: { schemas: translate(document.components.schemas) } })
  compiler = ajv
  return ajv
}

/**
 * A check against one named schema of `components.schemas`, such as `CreateChatCompletionResponse`: returns one sentence
 * per violation, none where the value conforms. Throws where the schema does not exist. Parsing the document takes about
 * a second, once per process.
 */
export function validator(schemaName: string): (value: unknown) => readonly string[] {
  let validate: ValidateFunction | undefined
  return (value) => {
    validate ??= compilerOf().getSchema(`openai#/components/schemas/${schemaName}`)
    if (validate === undefined) throw new Error(`the specification has no schema named ${schemaName}`)
    if (validate(value) === true) return []
    return (validate.errors ?? []).map((error) => `${schemaName}${error.instancePath}: ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`)
  }
}
