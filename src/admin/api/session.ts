/** Who asks, and what they may do: so that a page can say beforehand what will be refused. */
import { z } from 'zod'
import { permissions } from '../permissions.ts'
import type { AdminPorts } from '../ports.ts'
import type { Api } from './reply.ts'

const session = z.object({
  actor: z.string().describe('Label of the token.'), organization: z.string().nullable().describe('Set where the token sees one organization only.'), may: z.array(z.string()).describe('Permissions, as each route asks for them.'), version: z.string(),
})

const everything = [...new Set(Object.values(permissions))].filter((one) => one !== 'public').toSorted()

export function sessionApi(api: Api, { version }: AdminPorts): void {
  api.get('/admin/v1/session', { schema: { tags: ['tokens'], summary: 'Who asks, and what they may do', response: { 200: session } } }, (request) => ({
    actor: request.actor ?? '', organization: request.onlyOrganization ?? null, may: request.onlyOrganization === undefined ? everything : ['usage'], version,
  }))
}
