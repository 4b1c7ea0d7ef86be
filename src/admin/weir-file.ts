/**
 * Reads weir.yaml. Everything wrong in it is collected, each with file, line, path and the form that was expected; no
 * problem repeats a value, because a value may be a secret.
 */
import { isCollection, isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml'
import type { z } from 'zod'
import { pathText } from '../kernel/path-text.ts'
import type { Resources } from '../gateway/resources.ts'
import { membersAt, type WeirFile, weirFileSchema } from './weir-file-schema.ts'

export interface Problem {
  readonly file: string
  /** 1-based; undefined where no place in the file is at fault. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** `organizations.acme.projects.feed.budget.amount`; empty for the file as a whole. */
  readonly path: string
  /** What is wrong and what was expected. */
  readonly says: string
}

export type Locate = (path: readonly PropertyKey[]) => { readonly line: number; readonly column: number } | undefined

export interface ParsedFile {
  readonly file: string
  readonly settings: Omit<WeirFile, keyof Resources>
  readonly resources: Resources
  /** Where a path of the file stands, for problems that are found later. */
  readonly locate: Locate
}

export function problemText(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`
  return `${place}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.says}`
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Parses and checks one file. `environment` fills `${NAME}` in any string value; `$${` stands for a plain `${`. */
export function parseWeirFile(text: string, file: string, environment: Environment): ParsedFile | readonly Problem[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): { line: number; column: number } => {
    const place = lines.linePos(offset)
    return { line: place.line, column: place.col }
  }
  if (document.errors.length > 0) return document.errors.map((error) => ({ file, ...at(error.pos[0]), path: '', says: error.code === 'MULTIPLE_DOCS' ? 'a second document begins: keep one in a file' : `not valid YAML: ${error.message}` }))
  // Half a file is what a reader sees while an editor writes it: nothing must not mean that all is to go.
  if (document.contents === null) return [{ file, line: 1, column: 1, path: '', says: 'the file is empty: expected providers, models, organizations; {} says that nothing is declared' }]

  const problems: Problem[] = substitute(document, environment).map(({ name, offset, path }) => ({
    file, ...at(offset), path: pathText(path),
    says: name === undefined ? 'expected ${NAME} of letters, digits and _, and nothing else between the braces; write $${ for the text itself' : `the environment has no ${name}; set it, or write $\${${name}} for the text itself`,
  }))
  const locate: Locate = (path) => {
    const offset = offsetOf(document, path)
    return offset === undefined ? undefined : at(offset)
  }
  const plain = plainValue(document)
  if ('says' in plain) return [{ file, line: 1, column: 1, path: '', says: plain.says }]
  const unset = new Set(problems.map((problem) => problem.path))
  const checked = weirFileSchema.safeParse(plain.value ?? {})
  if (!checked.success) {
    problems.push(...checked.error.issues.flatMap((issue) => describe(issue, plain.value)).map(({ path, says }) => ({ file, line: undefined, column: undefined, ...locate(path), path: pathText(path), says }))
      .filter((problem) => !unset.has(problem.path)))
  }
  if (problems.length > 0 || !checked.success) return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const { providers, models, organizations, prices, ...settings } = checked.data
  return { file, settings, resources: { providers, models, organizations, prices }, locate }
}

function plainValue(document: Document): { readonly value: unknown } | { readonly says: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown }
  } catch (cause) {
    // yaml throws a ReferenceError where aliases point nowhere or multiply without end.
    if (cause instanceof ReferenceError) return { says: `not valid YAML: ${cause.message}` }
    throw cause
  }
}

interface Missing {
  /** Undefined where `${` begins something else than a variable. */
  readonly name: string | undefined
  readonly offset: number
  readonly path: readonly PropertyKey[]
}

/** Fills in `${NAME}` in place and returns what the environment lacks. Keys of maps stay as they are. */
function substitute(document: Document, environment: Environment): Missing[] {
  const missing: Missing[] = []
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const offset = node.range?.[0] ?? 0
      node.value = node.value.replaceAll(/\$?\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?/g, (whole, name: string | undefined) => {
        if (whole.startsWith('$$')) return whole.slice(1)
        const value = name === undefined ? undefined : environment[name]
        if (value !== undefined && value !== '') return value
        missing.push({ name, offset, path: pathOf(ancestors, key) })
        return whole
      })
    },
  })
  return missing
}

function pathOf(ancestors: readonly unknown[], key: number | string | null): PropertyKey[] {
  const path: PropertyKey[] = []
  ancestors.forEach((ancestor, index) => {
    const child = ancestors[index + 1]
    if (isPair(ancestor)) path.push(isScalar(ancestor.key) ? String(ancestor.key.value) : String(ancestor.key))
    else if (isCollection(ancestor) && !isMap(ancestor)) path.push(child === undefined ? Number(key) : ancestor.items.indexOf(child as never))
  })
  return path
}

/** Offset of the key that `path` ends in; of the nearest thing above it where the path is not in the file. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents
  let offset: number | undefined = isCollection(node) ? node.range?.[0] : undefined
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) return offset
      offset = (pair.key as { range?: readonly number[] | null }).range?.[0] ?? offset
      node = pair.value
    } else if (isCollection(node)) {
      node = node.items[Number(step)]
      offset = (node as { range?: readonly number[] | null } | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

interface Described {
  readonly path: readonly PropertyKey[]
  readonly says: string
}

const expectedWords: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list (- … or [ … ])', object: 'a map (name: value)', record: 'a map (name: value)',
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return 'a list'
  return ({ string: 'a text', number: 'a number', boolean: 'true or false', object: 'a map' } as Record<string, string>)[typeof value] ?? typeof value
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const step of path) at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined
  return at
}

/** One zod issue in words that name the expected form and never the value found. */
export function describe(issue: z.core.$ZodIssue, whole: unknown): Described[] {
  const { path } = issue
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = membersAt(path)
      return issue.keys.map((key) => ({ path: [...path, key], says: `unknown entry${near(key, known)}${known === undefined ? '' : `; expected one of ${known.join(', ')}`}` }))
    }
    case 'invalid_type': {
      const found = valueAt(whole, path)
      if (found === undefined) return [{ path, says: `missing: expected ${expectedForm(issue)}` }]
      const quote = issue.expected === 'string' && typeof found === 'number' && issue.message.startsWith('Invalid') ? ' in quotes' : ''
      return [{ path, says: `expected ${expectedForm(issue)}${quote}, found ${kindOf(found)}` }]
    }
    case 'invalid_value': return [{ path, says: `expected ${issue.values.map(String).join(' or ')}` }]
    case 'invalid_key': return issue.issues.map((inner) => ({ path, says: `the name is not allowed: expected ${inner.message}` }))
    case 'too_small': return [{ path, says: `too small: expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}` }]
    case 'too_big': return [{ path, says: `too large: expected at most ${issue.maximum}${unitOf(issue.origin)}` }]
    case 'invalid_format': return [{ path, says: `expected ${issue.message.startsWith('Invalid') ? formatWords(issue.format) : issue.message}` }]
    default: return [{ path, says: `expected ${issue.message}` }]
  }
}

const expectedForm = (issue: z.core.$ZodIssueInvalidType): string =>
  issue.message.startsWith('Invalid input') ? (expectedWords[issue.expected] ?? issue.expected) : issue.message

const formatWords = (format: string): string => (format === 'url' ? 'a URL such as "https://host/v1"' : `a text in the form ${format}`)

const unitOf = (origin: string): string => ({ string: ' characters', array: ' entries' })[origin] ?? ''

/** A known name that differs by little: what was probably meant. */
function near(name: string, known: readonly string[] | undefined): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '')
  const match = known?.find((candidate) => distance(plain(candidate), plain(name)) <= 2)
  return match === undefined ? '' : ` (did you mean ${match}?)`
}

/** Edit distance (Levenshtein), one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
