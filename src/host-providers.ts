/** Providers that this process serves itself: the sandbox, started when a resource first needs it. */
import type { Installation } from './gateway/build-snapshot.ts'
import { providerType } from './providers/catalogue.ts'
import type { Sandbox } from './providers/sandbox/sandbox.ts'
import { startSandboxWorker } from './providers/sandbox/start-worker.ts'

export interface HostedProviders {
  /** Where a provider without a base URL is served; undefined before `ensure`, and for providers served elsewhere. */
  readonly url: (provider: string) => string | undefined
  readonly ensure: (installation: Installation) => Promise<void>
  readonly close: () => Promise<void>
}

export function hostProviders(): HostedProviders {
  const served = new Map<string, Sandbox>()
  return {
    url: (provider) => served.get(provider)?.url,
    ensure: async (installation) => {
      for (const [name, provider] of installation.providers) {
        if (provider.baseUrl !== undefined || providerType(provider.type)?.inProcess !== true || served.has(name)) continue
        served.set(name, await startSandboxWorker({ seed: 1, profile: provider.options?.['profile'] }))
      }
    },
    close: async () => void (await Promise.all([...served.values()].map((sandbox) => sandbox.close()))),
  }
}
