/** `signIn` of weir.yaml: where the console is reached, and which identity provider vouches for people. */
import { z } from 'zod'
import { roles } from '../roles.ts'

const bound = z.union([
  z.enum(roles).exclude(['customer', 'maker']).transform((role) => ({ role, organization: undefined, maker: undefined })),
  z.strictObject({ role: z.literal('customer'), organization: z.string().min(1) }).transform((one) => ({ ...one, maker: undefined })),
  z.strictObject({ role: z.literal('maker'), maker: z.string().min(1) }).transform((one) => ({ ...one, organization: undefined })),
], { error: `a role (${roles.join(', ')}); customer as { role: customer, organization: … }, maker as { role: maker, maker: … }` })

/** Plain HTTP only to this machine: what an issuer says there decides who is owner. */
const issuer = z.url().refine((text) => /^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text), 'an https:// URL; http:// only on this machine')

export const signInSchema = z.strictObject({
  /** The address that people type: `https://weir.example.com`. Needed for single sign-on, and behind a proxy that changes the Host header. */
  url: z.url().optional(),
  oidc: z.strictObject({
    issuer,
    clientId: z.string().min(1),
    clientSecret: z.string().min(1).optional(),
    /** On the button; `single sign-on` where it is left out. */
    label: z.string().min(1).max(60).optional(),
    scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email']),
    /** The claim that holds a person's groups. */
    groupsClaim: z.string().min(1).default('groups'),
    /** Group → role; the first that a person is in counts. Nobody gets in without one. */
    roles: z.record(z.string(), bound),
  }).optional(),
}).refine((one) => one.oidc === undefined || one.url !== undefined, { path: ['url'], error: 'the address of the console, which the identity provider sends people back to' })

export type SignInSettings = z.infer<typeof signInSchema>
export type OidcSettings = NonNullable<SignInSettings['oidc']>
