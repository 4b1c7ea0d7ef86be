/** Stands in for src/start-terms.ts under bench/without-terms.ts. */
import { startTerms as start, type TermsNode, type TermsParts } from '../src/start-terms.ts'

export type { TermsNode }

export async function startTerms(parts: TermsParts): Promise<TermsNode | { readonly failed: string }> {
  const node = await start(parts)
  return 'failed' in node ? node : { ...node, permit: () => undefined, decided: () => undefined, prove: () => Promise.resolve(undefined) }
}
