/**
 * Preloaded into Weir, so that the bench can say what terms and receipts add: `startTerms` is replaced by one that allows
 * everything, decides nothing and proves nothing. Weir itself has no such switch.
 */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './start-terms.ts' && context.parentURL?.endsWith('/src/main.ts') === true
      ? next(new URL('./start-no-terms.ts', import.meta.url).href, context)
      : next(specifier, context),
})
