/** A contract's file, YAML or JSON: read, held to its schema and to itself, with path and line of what is wrong. */
import { parseDocument } from 'yaml'
import { pathText } from '../../kernel/path-text.ts'
import { contradictions } from './check-contract.ts'
import { type Contract, contractSchema } from './contract.ts'

export interface Fault {
  /** `terms.discounts[0].percent` */
  readonly at: string
  readonly line: number | undefined
  readonly reason: string
}

/** Reads one contract from YAML or JSON text. Faults carry the path and, where it is known, the line. */
export function parseContract(text: string): { readonly contract: Contract } | { readonly faults: readonly Fault[] } {
  const document = parseDocument(text, { version: '1.2' })
  const first = document.errors[0]
  if (first !== undefined) return { faults: [{ at: '', line: first.linePos?.[0].line, reason: first.message.split('\n')[0] ?? 'not YAML' }] }
  const result = contractSchema.safeParse(document.toJS())
  const issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] = result.success ? contradictions(result.data) : result.error.issues
  if (result.success && issues.length === 0) return { contract: result.data }
  return {
    faults: issues.map((issue) => {
      const node = issue.path.length === 0 ? undefined : document.getIn(issue.path, true) as { range?: [number, number, number] } | undefined
      const offset = node?.range?.[0]
      return { at: pathText(issue.path), line: offset === undefined ? undefined : text.slice(0, offset).split('\n').length, reason: issue.message }
    }),
  }
}
