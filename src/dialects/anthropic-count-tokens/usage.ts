/** Usage of counting tokens. */
import type { UsageReport } from '../../kernel/meters.ts'

/** "Token counting is free to use" (https://docs.claude.com/en/docs/build-with-claude/token-counting, read 2026-11-23): no meter counts. */
export function countTokensUsage(raw: string): UsageReport {
  return { counts: {}, raw }
}
