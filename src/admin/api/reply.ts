/** How the admin API answers: lists, problems, and the mapping from expected failures to status codes. */
import type { FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { NotApplied } from '../resources.ts'

export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** An expected failure on its way out; only `sendFailures` of api.ts catches it. */
export class Failed extends Error {
  override readonly name = 'Failed'
  readonly status: number
  readonly code: string
  readonly findings: readonly { readonly path: readonly (string | number)[]; readonly says: string }[] | undefined
  constructor(status: number, code: string, message: string, findings?: Failed['findings']) {
    super(message)
    this.status = status
    this.code = code
    this.findings = findings
  }
}

export const conflict = (says: string): Failed => new Failed(409, 'conflict', says)
export const notFound = (what: string): Failed => new Failed(404, 'not_found', what)

/** The failure that a change ended in, for everything but `invalid` findings that a caller wants to see. */
export function failureOf(result: NotApplied): Failed {
  switch (result.status) {
    case 'invalid': return new Failed(422, 'does_not_fit', result.findings.map((finding) => `${finding.path.join('.')}: ${finding.says}`).join('\n'), result.findings)
    case 'conflict': return conflict(result.says)
    case 'refused': return new Failed(409, 'refused', result.says)
    case 'not-found': return notFound(result.says)
  }
}

export const listOf = <T extends z.ZodType>(item: T): z.ZodObject<{ data: z.ZodArray<T> }> => z.object({ data: z.array(item) })

export const pageOf = <T extends z.ZodType>(item: T): z.ZodObject<{ data: z.ZodArray<T>; next: z.ZodNullable<z.ZodString> }> =>
  z.object({ data: z.array(item), next: z.string().nullable().describe('Pass as `after` for the next page; null on the last.') })

function own(only: string | undefined, asked: string | undefined): string | undefined {
  if (only !== undefined && asked !== undefined && asked !== only) throw new Failed(403, 'not_permitted', `This sign-in sees ${only} only.`)
  return only ?? asked
}

/** The organization that a request is about: the caller's own where there is only that one to see. */
export const ownOrganization = ({ onlyOrganization }: Pick<FastifyRequest, 'onlyOrganization'>, asked: string | undefined): string | undefined => own(onlyOrganization, asked)

/** The maker that a request is about, in the same way. */
export const ownMaker = ({ onlyMaker }: Pick<FastifyRequest, 'onlyMaker'>, asked: string | undefined): string | undefined => own(onlyMaker, asked)

/** Names may hold slashes, and a slash in a path is a boundary: `~`, which no name holds, stands for it. */
export const nameIn = (path: string): string => path.replaceAll('~', '/')

export const nameParam = z.string().min(1).max(400).describe('A name; write ~ for each slash in it.')

export const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'a time as RFC 3339, such as 2026-11-01T00:00:00Z')

export const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())
