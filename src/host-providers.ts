/** Providers that this process serves itself: the sandbox, started when a resource first needs it. */
import { isDeepStrictEqual } from 'node:util'
import type { Installation } from './gateway/build-snapshot.ts'
import { providerType } from './providers/catalogue.ts'
import type { Sandbox } from './providers/sandbox/sandbox.ts'
import { startSandboxWorker } from './providers/sandbox/start-worker.ts'

export interface HostedProviders {
  /** Where a provider without a base URL is served; undefined before `ensure`, and for providers served elsewhere. */
  readonly url: (provider: string) => string | undefined
  /** Starts what is needed and not served yet; what is served behaves from here on as its options say now. */
  readonly ensure: (installation: Installation) => Promise<void>
  readonly close: () => Promise<void>
}

interface Hosted {
  readonly sandbox: Sandbox
  profile: unknown
}

export function hostProviders(): HostedProviders {
  const served = new Map<string, Hosted>()
  return {
    url: (provider) => served.get(provider)?.sandbox.url,
    ensure: async (installation) => {
      for (const [name, provider] of installation.providers) {
        if (provider.baseUrl !== undefined || providerType(provider.type)?.inProcess !== true) continue
        const profile = provider.options?.['profile']
        const known = served.get(name)
        if (known === undefined) served.set(name, { sandbox: await startSandboxWorker({ seed: 1, profile }), profile })
        else if (!isDeepStrictEqual(known.profile, profile)) {
          await known.sandbox.behave(profile)
          known.profile = profile
        }
      }
    },
    close: async () => void (await Promise.all([...served.values()].map(({ sandbox }) => sandbox.close()))),
  }
}
