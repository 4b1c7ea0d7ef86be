import type { Migration } from '../store.ts'
import { resources } from './0001-resources.ts'
import { ledger } from './0002-ledger.ts'
import { terms } from './0003-terms.ts'
import { money } from './0004-money.ts'
import { outlook } from './0005-outlook.ts'
import { nodes } from './0006-nodes.ts'
import { content } from './0007-content.ts'
import { cases } from './0008-cases.ts'
import { signIn } from './0010-sign-in.ts'
import { notices } from './0011-notices.ts'
import { webhooks } from './0012-webhooks.ts'
import { detection } from './0013-detection.ts'
import { adjustments } from './0014-adjustments.ts'
import { caps } from './0015-caps.ts'
import { budgetFence } from './0016-budget-fence.ts'

/** Every step of the schema, in order of their names. A published step never changes: the next one amends it. */
export const migrations: readonly Migration[] = [resources, ledger, terms, money, outlook, nodes, content, cases, signIn, notices, webhooks, detection, adjustments, caps, budgetFence]
