/** All resources at once: what is stored, and a whole weir.yaml applied or compared. */
import { z } from 'zod'
import { resourcesSchema } from '../../gateway/resources.ts'
import { hideSecrets } from '../edit-entries.ts'
import { kinds } from '../entries.ts'
import type { AdminPorts } from '../ports.ts'
import { termsAtApply } from '../terms-at-apply.ts'
import { type Api, failureOf, listOf } from './reply.ts'

const change = z.object({
  kind: z.enum(kinds), name: z.string(), action: z.enum(['add', 'change', 'remove', 'adopt', 'keep']), note: z.string().optional(),
  differences: z.array(z.object({ path: z.string(), before: z.string().optional(), after: z.string().optional() })),
})
const applied = z.object({
  version: z.number(), changes: z.array(change), made: z.array(z.object({ key: z.string(), secret: z.string() })).describe('Secrets that Weir made: in this answer and never again.'),
  warnings: z.array(z.string()).optional().describe('What terms say to it: it was applied all the same.'),
  findings: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), says: z.string() })).optional().describe('Present where nothing was applied because the result would not fit together.'),
})

export function resourcesApi(api: Api, { resources, snapshot, store, terms }: AdminPorts): void {
  api.get('/admin/v1/snapshot', { schema: { tags: ['resources'], summary: 'The version that this node serves, and the one that is stored', response: { 200: z.object({ serving: z.number().nullable(), stored: z.number() }) } } }, async () => ({
    serving: snapshot()?.version ?? null, stored: await resources.version(),
  }))
  const entry = z.object({ kind: z.enum(kinds), name: z.string(), managed_by: z.string().nullable(), spec: z.unknown() })
  api.get('/admin/v1/resources', { schema: { tags: ['resources'], summary: 'Everything that is declared, secrets hidden', response: { 200: listOf(entry) } } }, async () => ({
    data: [...(await resources.state()).entries.values()].map((one) => ({ kind: one.kind, name: one.name, managed_by: one.managedBy ?? null, spec: one.kind === 'provider' ? hideSecrets(one.body.spec) : one.body.spec })),
  }))
  const body = z.object({ resources: resourcesSchema, dry_run: z.boolean().default(false), manager: z.string().min(1).max(64).default('file') })
  api.post('/admin/v1/apply', { schema: { tags: ['resources'], summary: 'Make the resources what a weir.yaml declares, or show what would change', body, response: { 200: applied } } }, async (request) => {
    const { resources: declared, dry_run: dryRun, manager } = request.body
    const { refusals, warnings } = await termsAtApply(terms, store, resources, declared, manager)
    if (refusals.length > 0) return { version: 0, changes: [], made: [], findings: refusals.map((finding) => ({ path: [...finding.path], says: finding.says })) }
    const done = await resources.apply(declared, { dryRun, manager })
    if (done.status === 'invalid') return { version: 0, changes: [], made: [], findings: done.findings.map((finding) => ({ path: [...finding.path], says: finding.says })) }
    if (done.status !== 'applied') throw failureOf(done)
    return { version: done.version, made: [...done.made], ...(warnings.length === 0 ? {} : { warnings: [...warnings] }), changes: done.changes.map((one) => ({ ...one, differences: one.differences.map((difference) => ({ ...difference })) })) }
  })
}
