/** Routes of the admin API. Made by bin/write-console-client.ts from its OpenAPI document: change the API, not this file. */
export interface Routes {
  /** One’s own account */
  'GET /admin/v1/account': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly login: string | null
      readonly name: string
      readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
      readonly organization: string | null
      readonly maker: string | null
      readonly single_sign_on: string | null
      readonly password: boolean
      readonly totp: boolean
      readonly recovery_codes_left: number
      readonly passkeys: readonly {
        readonly id: string
        readonly name: string
        readonly created_at: string
        readonly used_at: string | null
      }[]
    }
  }
  /** Accounts at suppliers that are read every five minutes for what is imposed on them */
  'GET /admin/v1/account-watches': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly kind: 'azure-account' | 'bedrock-retention'
        readonly party: string
        readonly account: string
        readonly organization: string
        readonly url: string
        /** As it was read last: an abuse penalty or none; a retention mode. */
        readonly state: unknown
        readonly read_at: string | null
        readonly next_reading: string
        readonly failures: number
        readonly trouble: string | null
      }[]
    }
  }
  /** Have an account read: Azure's abuse penalty, or Bedrock's data retention mode */
  'POST /admin/v1/account-watches': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      /** The account as weir.yaml names it: the provider, or its account. */
      readonly account: string
      /** Whose use the account stands for; * where several share it. */
      readonly organization?: string | undefined
      /** Another cloud than the public one. */
      readonly base_url?: string | undefined
      readonly kind: 'azure-account'
      readonly party?: string | undefined
      readonly tenant: string
      readonly client_id: string
      /** Client secret of an application that may read the account (role Reader). */
      readonly secret: string
      readonly resource: string
      /** Where tokens come from, for another cloud. */
      readonly authority?: string | undefined
    } | {
      /** The account as weir.yaml names it: the provider, or its account. */
      readonly account: string
      /** Whose use the account stands for; * where several share it. */
      readonly organization?: string | undefined
      /** Another cloud than the public one. */
      readonly base_url?: string | undefined
      readonly kind: 'bedrock-retention'
      readonly party?: string | undefined
      readonly region: string
      /** Left out: the account. */
      readonly project?: string | undefined
      /** A Bedrock API key that may read the setting. */
      readonly secret: string
    }
    readonly answer: {
      readonly id: string
      readonly kind: 'azure-account' | 'bedrock-retention'
      readonly party: string
      readonly account: string
      readonly organization: string
      readonly url: string
      /** As it was read last: an abuse penalty or none; a retention mode. */
      readonly state: unknown
      readonly read_at: string | null
      readonly next_reading: string
      readonly failures: number
      readonly trouble: string | null
    }
  }
  /** Read it no more; its secret is destroyed */
  'DELETE /admin/v1/account-watches/{watch}': {
    readonly params: {
      readonly watch: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly removed: true
    }
  }
  /** Show a second factor again, for what asks for a recent one */
  'POST /admin/v1/account/confirm': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly code: string
    } | {
      readonly ticket: string
      /** The credential, as PublicKeyCredential.toJSON() gives it. */
      readonly answer: Readonly<Record<string, unknown>>
    }
    readonly answer: {}
  }
  /** Add it */
  'POST /admin/v1/account/passkeys': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly ticket: string
      /** The credential, as PublicKeyCredential.toJSON() gives it. */
      readonly answer: Readonly<Record<string, unknown>>
      readonly name: string
    }
    readonly answer: {
      /** Where these are the first: each replaces a second factor once. Shown in this answer and never again. */
      readonly recovery_codes: readonly string[] | null
    }
  }
  /** Begin to add a passkey */
  'POST /admin/v1/account/passkeys/options': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly ticket: string
      /** For PublicKeyCredential.parse…OptionsFromJSON(). */
      readonly options: unknown
    }
  }
  /** Remove a passkey */
  'DELETE /admin/v1/account/passkeys/{passkey}': {
    readonly params: {
      readonly passkey: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {}
  }
  /** Change the password; all other sessions end */
  'PUT /admin/v1/account/password': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly current: string
      readonly password: string
    }
    readonly answer: {}
  }
  /** New recovery codes; those before are void */
  'POST /admin/v1/account/recovery-codes': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** Where these are the first: each replaces a second factor once. Shown in this answer and never again. */
      readonly recovery_codes: readonly string[] | null
    }
  }
  /** Where one is signed in */
  'GET /admin/v1/account/sessions': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly present: boolean
        readonly way: string
        readonly since: string
        readonly seen: string
        readonly until: string
        readonly address: string
        readonly agent: string
      }[]
    }
  }
  /** Sign out everywhere else */
  'DELETE /admin/v1/account/sessions': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly ended: number
    }
  }
  /** Sign out there */
  'DELETE /admin/v1/account/sessions/{session}': {
    readonly params: {
      readonly session: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly ended: number
    }
  }
  /** Begin to set up an authenticator app */
  'POST /admin/v1/account/totp': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly ticket: string
      /** Base 32, for typing. */
      readonly secret: string
      /** For a QR code, drawn where it is shown. */
      readonly uri: string
    }
  }
  /** Finish it with a code */
  'PUT /admin/v1/account/totp': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly ticket: string
      readonly code: string
    }
    readonly answer: {
      /** Where these are the first: each replaces a second factor once. Shown in this answer and never again. */
      readonly recovery_codes: readonly string[] | null
    }
  }
  /** Do without the app; another second factor has to be there */
  'DELETE /admin/v1/account/totp': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {}
  }
  /** Let this node dial a suspended account again; what its supplier was said to impose on it ends on every node */
  'POST /admin/v1/accounts/{account}/reinstate': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly account: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly account: string
      readonly reinstated: boolean
    }
  }
  /** Save what a channel and a maker agreed on */
  'PUT /admin/v1/agreements/{id}': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: unknown
    readonly answer: {
      readonly id: string
      readonly version: number
    }
  }
  /** Make the resources what a weir.yaml declares, or show what would change */
  'POST /admin/v1/apply': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly resources: {
        readonly providers?: Readonly<Record<string, {
          readonly type: string
          readonly baseUrl?: string | undefined
          readonly apiKey?: string | undefined
          readonly entra?: {
            readonly tenantId: string
            readonly clientId: string
            readonly clientSecret: string
            readonly authority?: string | undefined
            readonly scope?: string | undefined
          } | undefined
          readonly apiVersion?: string | undefined
          readonly prices?: string | undefined
          readonly account?: string | undefined
          readonly maker?: string | undefined
          readonly channel?: string | undefined
          readonly supplier?: string | undefined
          readonly asset?: string | undefined
          readonly region?: string | undefined
          readonly regionClass?: 'global' | 'data-zone' | 'regional' | undefined
          readonly headers?: Readonly<Record<string, string>> | undefined
          readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
          readonly quirks?: Readonly<Record<string, boolean>> | undefined
          readonly dialects?: readonly string[] | undefined
          readonly options?: Readonly<Record<string, unknown>> | undefined
        }>> | undefined
        readonly models?: Readonly<Record<string, {
          readonly maker?: string | undefined
          readonly deployments: readonly {
            readonly provider: string
            readonly model: string
            readonly id?: string | undefined
            readonly group?: number | undefined
            readonly weight?: number | undefined
            readonly capacity?: 'pay-as-you-go' | 'provisioned' | 'in-house' | undefined
            readonly region?: string | undefined
            readonly regionClass?: 'global' | 'data-zone' | 'regional' | undefined
            readonly requiresRetention?: boolean | undefined
            readonly prices?: string | undefined
            readonly pricedAs?: string | undefined
            readonly internalRate?: {
              readonly input: string
              readonly output: string
              readonly currency?: string | undefined
            } | undefined
            readonly asset?: string | undefined
            readonly replicas?: {
              readonly count: number
              readonly tokensPerMinute?: string | undefined
              readonly outputWeight?: string | undefined
            } | undefined
          }[]
          readonly contextWindow?: number | undefined
          readonly outputMax?: number | undefined
          readonly timeouts?: {
            readonly connectMs?: number | undefined
            readonly firstByteMs?: number | undefined
            readonly idleMs?: number | undefined
            readonly totalMs?: number | undefined
          } | undefined
          readonly retries?: {
            readonly attemptsMax?: number | undefined
            readonly backoffMs?: number | undefined
            readonly backoffMaxMs?: number | undefined
          } | undefined
          readonly whenClientLeaves?: {
            readonly stream?: 'cancel' | 'drain' | undefined
            readonly plain?: 'cancel' | 'drain' | undefined
            readonly drainMaxMs?: number | undefined
          } | undefined
          readonly sticky?: 'none' | 'user' | 'session' | 'key' | undefined
          readonly limits?: {
            readonly requestsPerMinute?: number | undefined
            readonly tokensPerMinute?: number | undefined
            readonly concurrency?: number | undefined
          } | undefined
        }>> | undefined
        readonly organizations?: Readonly<Record<string, {
          readonly displayName?: string | undefined
          readonly projects?: Readonly<Record<string, {
            readonly keys?: readonly {
              readonly name: string
              readonly secret?: string | undefined
              readonly purpose?: string | undefined
              readonly models?: readonly string[] | undefined
              readonly limits?: {
                readonly requestsPerMinute?: number | undefined
                readonly tokensPerMinute?: number | undefined
                readonly concurrency?: number | undefined
              } | undefined
              readonly expires?: string | undefined
              readonly budget?: {
                readonly amount: string
                readonly currency?: string | undefined
                readonly period?: 'day' | 'month' | 'total' | undefined
                readonly timeZone?: string | undefined
                readonly thresholds?: readonly string[] | undefined
              } | undefined
              readonly budgets?: readonly {
                readonly amount: string
                readonly currency?: string | undefined
                readonly period?: 'day' | 'month' | 'total' | undefined
                readonly timeZone?: string | undefined
                readonly thresholds?: readonly string[] | undefined
              }[] | undefined
            }[] | undefined
            readonly models?: readonly string[] | undefined
            readonly limits?: {
              readonly requestsPerMinute?: number | undefined
              readonly tokensPerMinute?: number | undefined
              readonly concurrency?: number | undefined
            } | undefined
            readonly capture?: 'none' | 'metadata' | 'content' | undefined
            readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
            readonly costCentre?: string | undefined
            readonly owner?: string | undefined
            readonly spendAlert?: {
              readonly factor?: string | undefined
              readonly floor?: string | undefined
              readonly capAfter?: string | undefined
            } | undefined
            readonly budget?: {
              readonly amount: string
              readonly currency?: string | undefined
              readonly period?: 'day' | 'month' | 'total' | undefined
              readonly timeZone?: string | undefined
              readonly thresholds?: readonly string[] | undefined
            } | undefined
            readonly budgets?: readonly {
              readonly amount: string
              readonly currency?: string | undefined
              readonly period?: 'day' | 'month' | 'total' | undefined
              readonly timeZone?: string | undefined
              readonly thresholds?: readonly string[] | undefined
            }[] | undefined
          }>> | undefined
          readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
          readonly models?: readonly string[] | undefined
          readonly limits?: {
            readonly requestsPerMinute?: number | undefined
            readonly tokensPerMinute?: number | undefined
            readonly concurrency?: number | undefined
          } | undefined
          readonly budget?: {
            readonly amount: string
            readonly currency?: string | undefined
            readonly period?: 'day' | 'month' | 'total' | undefined
            readonly timeZone?: string | undefined
            readonly thresholds?: readonly string[] | undefined
          } | undefined
          readonly budgets?: readonly {
            readonly amount: string
            readonly currency?: string | undefined
            readonly period?: 'day' | 'month' | 'total' | undefined
            readonly timeZone?: string | undefined
            readonly thresholds?: readonly string[] | undefined
          }[] | undefined
        }>> | undefined
        readonly prices?: readonly {
          readonly list: string
          readonly model: string
          readonly meter: string
          readonly perMillion?: string | undefined
          readonly perUnit?: string | undefined
          readonly tier?: string | undefined
          readonly regionClass?: 'any' | 'global' | 'data-zone' | 'regional' | undefined
          readonly aboveInput?: number | undefined
          readonly currency?: string | undefined
          readonly effectiveFrom: string
          readonly source: string
        }[] | undefined
      }
      readonly dry_run?: boolean | undefined
      readonly manager?: string | undefined
    }
    readonly answer: {
      readonly version: number
      readonly changes: readonly {
        readonly kind: 'provider' | 'model' | 'organization' | 'project' | 'key' | 'price' | 'token' | 'diversion'
        readonly name: string
        readonly action: 'add' | 'change' | 'remove' | 'adopt' | 'keep'
        readonly note?: string | undefined
        readonly differences: readonly {
          readonly path: string
          readonly before?: string | undefined
          readonly after?: string | undefined
        }[]
      }[]
      /** Secrets that Weir made: in this answer and never again. */
      readonly made: readonly {
        readonly key: string
        readonly secret: string
      }[]
      /** What terms say to it: it was applied all the same. */
      readonly warnings?: readonly string[] | undefined
      /** Present where nothing was applied because the result would not fit together. */
      readonly findings?: readonly {
        readonly path: readonly (string | number)[]
        readonly says: string
      }[] | undefined
    }
  }
  /** Save an infrastructure asset */
  'PUT /admin/v1/assets/{id}': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: unknown
    readonly answer: {
      readonly id: string
    }
  }
  /** Post a month of an asset: depreciation, allocated to who used it and to idle */
  'POST /admin/v1/assets/{id}/months': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly month: string
      readonly used: readonly {
        readonly party: string
        readonly use: 'customer' | 'maker'
        readonly model?: string | undefined
        readonly hours: string
      }[]
    }
    readonly answer: {
      readonly status: string
    }
  }
  /** Import a supplier’s bill and match it with the books */
  'POST /admin/v1/bills': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly supplier: string
      readonly text: string
      /** The bill’s name of a model or deployment → ours, where they differ. */
      readonly aliases?: Readonly<Record<string, string>> | undefined
      /** The supplier is new: nothing of ours names it yet. Without it a name that is nearly a known one is refused. */
      readonly new_supplier?: boolean | undefined
    }
    readonly answer: {
      readonly bill: {
        readonly bill: string
        readonly format: string
        readonly rows: number
        readonly total: string
        readonly currency: string
        readonly known: boolean
      }
      readonly report: {
        readonly id: string
      }
    }
  }
  /** Budgets: limit, spent, held now, left */
  'GET /admin/v1/budgets': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly scope: 'organization' | 'project' | 'key'
        readonly name: string
        readonly currency: string
        readonly period: 'day' | 'month' | 'total'
        readonly time_zone: string
        readonly limit: string
        /** Posted in the present period, decimal text. */
        readonly spent: string
        /** Leased to nodes right now: what open calls hold, and what nodes keep ready. */
        readonly held: string
        readonly left: string
        readonly overrun: string
        readonly period_start: string
        readonly period_end: string | null
        readonly thresholds: readonly string[]
      }[]
    }
  }
  /** Attempts of calls, the latest first */
  'GET /admin/v1/calls': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
      readonly project?: string | undefined
      readonly key?: string | undefined
      readonly model?: string | undefined
      readonly deployment?: string | undefined
      readonly outcome?: string | undefined
      readonly supplier?: string | undefined
      readonly maker?: string | undefined
      readonly purpose?: string | undefined
      readonly operation?: string | undefined
      readonly source?: 'reported' | 'estimated' | 'absent' | undefined
      /** Part of a call id. */
      readonly search?: string | undefined
      readonly from?: string | undefined
      readonly to?: string | undefined
      readonly limit?: number | undefined
      /** `next` of the page before. */
      readonly after?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly call: string
        /** 1 for the first dial of the call. */
        readonly n: number
        readonly at: string
        readonly duration_ms: number
        readonly organization: string
        readonly project: string
        readonly key: string
        readonly purpose: string | null
        readonly model: string
        readonly deployment: string
        readonly supplier: string
        readonly maker: string
        readonly operation: string
        readonly outcome: string
        readonly status: number | null
        /** reported, estimated or absent. */
        readonly source: string
        readonly billable: string
        readonly tier: string
        readonly input_tokens: number | null
        readonly cached_input_tokens: number | null
        readonly output_tokens: number | null
        readonly cost: string | null
        readonly currency: string
        /** The call ended with this attempt. */
        readonly last: boolean
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** One call in full */
  'GET /admin/v1/calls/{call}': {
    readonly params: {
      readonly call: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly call: string
      readonly attempts: readonly {
        readonly call: string
        /** 1 for the first dial of the call. */
        readonly n: number
        readonly at: string
        readonly duration_ms: number
        readonly organization: string
        readonly project: string
        readonly key: string
        readonly purpose: string | null
        readonly model: string
        readonly deployment: string
        readonly supplier: string
        readonly maker: string
        readonly operation: string
        readonly outcome: string
        readonly status: number | null
        /** reported, estimated or absent. */
        readonly source: string
        readonly billable: string
        readonly tier: string
        readonly input_tokens: number | null
        readonly cached_input_tokens: number | null
        readonly output_tokens: number | null
        readonly cost: string | null
        readonly currency: string
        /** The call ended with this attempt. */
        readonly last: boolean
        readonly budget_charge_picos: string
        readonly lines: readonly {
          readonly meter: string
          readonly quantity: string
          readonly unit_price: string | null
          readonly amount: string | null
          readonly price_row: string
          readonly source: string | null
        }[]
        readonly transactions: readonly string[]
        /** As journalled, with the provider's usage as it came; null once the journal is retired. */
        readonly records: unknown
      }[]
      /** Dialled, and no outcome yet. */
      readonly open: readonly unknown[]
      readonly quarantined: readonly {
        readonly id: string
        readonly reason: string
        readonly detail: string
      }[]
    }
  }
  /** Use of reserved units and of replicas of our own in the last hour, from the books */
  'GET /admin/v1/capacity': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly kind: 'reserved' | 'in-house'
        readonly id: string
        readonly model: string
        readonly deployments: readonly string[]
        /** Units or replicas; null: not declared. */
        readonly count: number | null
        /** What all of them carry, in input-equivalent tokens; null: not declared. */
        readonly tokens_per_minute: string | null
        readonly mean_tokens_per_minute: string
        readonly peak_tokens_per_minute: string
        /** Mean of the hour, as a part of one. */
        readonly utilisation: string | null
        /** Of the busiest minute; above 1 where more came than they carry. */
        readonly peak_utilisation: string | null
      }[]
    }
  }
  /** Cases with their clocks, the most urgent first; a token of an organization sees those about it */
  'GET /admin/v1/cases': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
      /** true: only those that wait for something. */
      readonly open?: 'true' | 'false' | undefined
      readonly after?: string | undefined
      readonly limit?: number | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly organization: string
        readonly about: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
        readonly since: string
        readonly source: string
        readonly referred_by: string | null
        readonly clause: string
        readonly says: string
        readonly finding: string | null
        readonly due: {
          readonly what: string
          readonly at: string
          readonly overdue: boolean
        } | null
        readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
        readonly restrictions: readonly {
          readonly id: string
          readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
          readonly scope: {
            readonly organization: string
            readonly project?: string | undefined
            /** Key id. */
            readonly key?: string | undefined
            readonly model?: string | undefined
          }
          readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
          readonly by: string
          readonly approved_by: string | null
          readonly ends: string | null
          readonly automatic: boolean
        }[]
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** Open a case by a signal: one's own, a detector's, a maker's complaint */
  'POST /admin/v1/cases': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly matter?: 'misuse' | 'key_theft' | 'terms_breach' | 'terms_changed' | 'books_differ' | undefined
      readonly clause: string
      /** A sentence that all parties may read. */
      readonly says: string
      /** Call ids, hashes, documents; never content. */
      readonly evidence?: readonly string[] | undefined
      readonly source?: 'own_initiative' | 'referral' | 'detector' | 'supplier_notice' | undefined
      /** The maker that complains: it sees no prompts, the channel decides, the customer sees both. */
      readonly referred_by?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** A case with its timeline and statements of reasons */
  'GET /admin/v1/cases/{case}': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** The customer's answer to the notice, also a late one */
  'POST /admin/v1/cases/{case}/answer': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: {
      /** A sentence that all parties may read. */
      readonly says: string
      /** Call ids, hashes, documents; never content. */
      readonly evidence?: readonly string[] | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** The customer's appeal: free, within six months, decided by somebody who has not decided before */
  'POST /admin/v1/cases/{case}/appeal': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: {
      /** A sentence that all parties may read. */
      readonly says: string
      /** Call ids, hashes, documents; never content. */
      readonly evidence?: readonly string[] | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** What suspending the customer now, or one project of it, would do to each rule of each of its contracts; changes nothing */
  'GET /admin/v1/cases/{case}/contracts': {
    readonly params: {
      readonly case: string
    }
    readonly query: {
      /** This project alone; left out: the whole account. */
      readonly project?: string | undefined
      /** When it ends by itself; left out: until it is lifted. */
      readonly until?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly contract: string
        readonly version: number
        readonly from: string
        readonly until: string | null
        readonly effects: readonly {
          readonly rule: string
          readonly when_suspended: 'run' | 'pause' | 'end'
          readonly without: string
          readonly with: string
        }[]
      }[]
    }
  }
  /** One act on a case; an appeal is decided by somebody who has not decided or restricted before */
  'POST /admin/v1/cases/{case}/moves': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: {
      readonly act: 'take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen'
      /** A sentence that all parties may read. */
      readonly says: string
      readonly finding?: 'no_breach' | 'remediation' | 'penalty' | undefined
      /** Call ids, hashes, documents; never content. */
      readonly evidence?: readonly string[] | undefined
      /** Of vary: the restrictions that it lifts. */
      readonly lift?: readonly string[] | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** The evidence pack, signed; its hash is logged */
  'POST /admin/v1/cases/{case}/pack': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly sha256: string
      /** Of the envelope, then of the governance log and of the customer's receipts. */
      readonly keys: readonly string[]
      readonly envelope: unknown
    }
  }
  /** Restrict; a suspension waits for a second person, everything else holds within two seconds */
  'POST /admin/v1/cases/{case}/restrictions': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: {
      readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
      readonly scope: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly clause: string
      readonly says: string
      /** Call ids, hashes, documents; never content. */
      readonly evidence?: readonly string[] | undefined
      readonly appeal?: string | undefined
      readonly until?: string | undefined
      readonly automatic?: boolean | undefined
      readonly urgent?: 'imminent_loss' | 'key_theft' | 'law' | 'evidence_destruction' | undefined
      readonly percent?: number | undefined
      readonly purposes?: readonly string[] | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** The second person's word: suspend_key, suspend_project, suspend_account, terminate */
  'POST /admin/v1/cases/{case}/restrictions/{restriction}/approve': {
    readonly params: {
      readonly case: string
      readonly restriction: string
    }
    readonly query: {}
    readonly body: {
      readonly until?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** Lift a restriction: holds within two seconds */
  'POST /admin/v1/cases/{case}/restrictions/{restriction}/lift': {
    readonly params: {
      readonly case: string
      readonly restriction: string
    }
    readonly query: {}
    readonly body: {
      /** A sentence that all parties may read. */
      readonly says: string
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly about: {
        readonly organization: string
        readonly project?: string | undefined
        /** Key id. */
        readonly key?: string | undefined
        readonly model?: string | undefined
      }
      readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
      readonly since: string
      readonly source: string
      readonly referred_by: string | null
      readonly clause: string
      readonly says: string
      readonly finding: string | null
      readonly due: {
        readonly what: string
        readonly at: string
        readonly overdue: boolean
      } | null
      readonly possible: readonly ('take-up' | 'dismiss' | 'open' | 'notice' | 'answer' | 'silence' | 'investigate' | 'decide' | 'appeal' | 'uphold' | 'vary' | 'reverse' | 'close' | 'reopen')[]
      readonly restrictions: readonly {
        readonly id: string
        readonly kind: 'watch' | 'throttle' | 'narrow_purpose' | 'block_export' | 'block_train' | 'block_model' | 'suspend_key' | 'suspend_project' | 'suspend_account' | 'terminate'
        readonly scope: {
          readonly organization: string
          readonly project?: string | undefined
          /** Key id. */
          readonly key?: string | undefined
          readonly model?: string | undefined
        }
        readonly status: 'proposed' | 'in-force' | 'lifted' | 'lapsed'
        readonly by: string
        readonly approved_by: string | null
        readonly ends: string | null
        readonly automatic: boolean
      }[]
      readonly timeline: readonly {
        readonly number: number
        readonly at: string
        readonly actor: string
        readonly kind: string
        readonly event: Readonly<Record<string, unknown>>
      }[]
      readonly statements_of_reasons: readonly Readonly<Record<string, unknown>>[]
    }
  }
  /** Keys that act as one, by what links them: a template, an end user, a burst of new keys. Joining accuses nobody */
  'GET /admin/v1/clusters': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly keys: readonly string[]
        readonly links: {
          readonly template: number
          readonly end_user: number
          readonly burst: number
        }
        readonly at: string
      }[]
    }
  }
  /** Destroy content, keys and salts; answers a signed attestation that names its limits */
  'POST /admin/v1/content/erase': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly organization: string
      readonly calls?: readonly string[] | undefined
      readonly before?: string | undefined
      readonly reason: string
    }
    readonly answer: {
      readonly erased: number
      readonly held: number
      readonly attestation: unknown
    }
  }
  /** Who asked to read which call's content, and who allowed it */
  'GET /admin/v1/content/requests': {
    readonly params: {}
    readonly query: {
      readonly call?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly call: string
        readonly asked_by: string
        readonly reason: string
        readonly asked_at: string
        readonly allowed_by: string | null
        readonly until: string | null
      }[]
    }
  }
  /** Ask to read one call's content */
  'POST /admin/v1/content/requests': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly call: string
      readonly reason: string
    }
    readonly answer: {
      readonly id: string
    }
  }
  /** Another person's word, for an hour */
  'POST /admin/v1/content/requests/{id}/allow': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly until: string
    }
  }
  /** The content, for the one who asked, while the allowance lasts; logged */
  'GET /admin/v1/content/requests/{id}/content': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly call: string
      readonly dialect: string
      readonly request: string
      readonly response: string
    }
  }
  /** Contracts, the latest version of each */
  'GET /admin/v1/contracts': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly version: number
        readonly party: string
        readonly side: string
        readonly body: unknown
      }[]
    }
  }
  /** Save a contract; a change is a new version */
  'PUT /admin/v1/contracts/{id}': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: unknown
    readonly answer: {
      readonly id: string
      readonly version: number
    }
  }
  /** One contract with all its versions, and what was used of what it promises */
  'GET /admin/v1/contracts/{id}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly version: number
      readonly party: string
      readonly side: string
      readonly body: unknown
      readonly versions: readonly {
        readonly version: number
        readonly recorded_at: string
        readonly body: unknown
      }[]
      /** Of customers; null for suppliers and makers. */
      readonly use: {
        readonly commitments: readonly {
          readonly id: string
          readonly from: string
          readonly until: string
          readonly amount: string
          readonly drawn: string
          readonly drawn_this_month: string
          readonly left: string
        }[]
        readonly credits: readonly {
          readonly id: string
          readonly from: string
          readonly expires: string | null
          readonly amount: string
          readonly drawn: string
          readonly left: string
        }[]
        readonly provisioned: readonly {
          readonly id: string
          readonly model: string
          readonly count: number
          readonly term: string
          readonly unit_price: string
          readonly cost: string
          readonly unused_cost: string
          /** Input-equivalent tokens of this month up to now. */
          readonly capacity: string | null
          readonly used: string
          readonly utilisation: string | null
          /** Cost of a million input-equivalent tokens as they were really used. */
          readonly per_million: string | null
        }[]
      } | null
    }
  }
  /** What suspending the customer, or one project, would do to each rule of its contract; changes nothing */
  'GET /admin/v1/contracts/{id}/suspension': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {
      readonly from: string
      readonly until?: string | undefined
      readonly project?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly contract: string
      readonly version: number
      readonly effects: readonly {
        readonly rule: string
        readonly when_suspended: 'run' | 'pause' | 'end'
        readonly without: string
        readonly with: string
      }[]
    }
  }
  /** Cost alone, by day unless asked otherwise */
  'GET /admin/v1/costs': {
    readonly params: {}
    readonly query: {
      readonly from?: string | undefined
      readonly to?: string | undefined
      readonly organization?: string | undefined
      /** organization/project */
      readonly project?: string | undefined
      readonly key?: string | undefined
      readonly model?: string | undefined
      readonly deployment?: string | undefined
      readonly supplier?: string | undefined
      readonly maker?: string | undefined
      readonly purpose?: string | undefined
      /** Comma-separated, of organization, project, key, purpose, model, deployment, supplier, maker, operation, tier; organization,project,model by default. */
      readonly group_by?: string | undefined
      /** In UTC; without it one row for the whole time. */
      readonly bucket?: 'minute' | 'hour' | 'day' | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly start?: string | null | undefined
        readonly organization?: string | undefined
        readonly project?: string | undefined
        readonly model?: string | undefined
        readonly key?: string | null | undefined
        readonly purpose?: string | null | undefined
        readonly deployment?: string | undefined
        readonly supplier?: string | undefined
        readonly maker?: string | undefined
        readonly operation?: string | undefined
        readonly tier?: string | undefined
        readonly cost: string
        readonly currency: string
      }[]
    }
  }
  /** Make a dataset through the export gate; what may not leave is counted under its clause */
  'POST /admin/v1/datasets': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly name: string
      readonly organization: string
      readonly purpose: string
      readonly format?: 'jsonl' | 'parquet' | undefined
      /** Captured calls to take; left out: none. */
      readonly calls?: {
        readonly from?: string | undefined
        readonly to?: string | undefined
        readonly projects?: readonly string[] | undefined
        readonly models?: readonly string[] | undefined
        readonly purposes?: readonly string[] | undefined
      } | undefined
      readonly limit?: number | undefined
      readonly rows?: readonly {
        readonly id: string
        readonly messages: readonly {
          readonly role: 'system' | 'user' | 'assistant' | 'tool'
          readonly content: string
        }[]
        readonly stated: {
          readonly origin: 'human' | 'licensed' | 'own-model' | 'unknown'
          readonly licence?: string | undefined
        }
      }[] | undefined
      readonly redact?: boolean | undefined
      readonly country?: string | undefined
    }
    readonly answer: Readonly<Record<string, unknown>>
  }
  /** Which rows may be edited copies of captured answers: leads for a person, never proof */
  'POST /admin/v1/datasets/leads': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly organization: string
      /** Texts; they are compared and not kept. */
      readonly rows: readonly string[]
      readonly from?: string | undefined
      readonly to?: string | undefined
      readonly projects?: readonly string[] | undefined
    }
    readonly answer: {
      readonly data: readonly {
        /** From 0. */
        readonly row: number
        readonly call: string
        /** Of the row's fingerprints that the answer has; of a long row those of its likeliest piece. */
        readonly share: number
        readonly text: 'prose' | 'code'
        /** The receipt that committed to the answer's fingerprints, its place in the log, the salt that opens that, and the fingerprints. */
        readonly proof?: {
          readonly index: string
          readonly leaf: string
          readonly salt: string
          readonly fingerprints: string
        } | undefined
      }[]
      /** Captured answers that were looked at. */
      readonly compared: number
      readonly at_least: {
        readonly prose: number
        readonly code: number
      }
      readonly says: string
    }
  }
  /** One exported file; fetching it is logged */
  'GET /admin/v1/datasets/{name}/files/{file}': {
    readonly params: {
      readonly name: string
      readonly file: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: unknown
  }
  /** The case's figures with their origins, and the latest runs of its chapters */
  'GET /admin/v1/demo': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly playable: boolean
      readonly why_not: string | null
      readonly figures: readonly {
        readonly id: string
        /** As text: a number, "28 to 29", or words. */
        readonly value: string
        readonly unit: string
        /** reported, derived or assumed. */
        readonly origin: string
        readonly says: string | null
        readonly from: string | null
      }[]
      /** The latest of each chapter and place. */
      readonly runs: readonly {
        readonly id: string
        readonly chapter: number
        readonly place: 'here' | 'alone'
        readonly state: 'running' | 'passed' | 'failed'
        readonly started_at: string
        readonly started_by: string
        readonly ended_at: string | null
        readonly lines: readonly {
          readonly chapter: number
          readonly says: string
        }[]
        /** What each party's book said before and after; null where the chapter ran against servers of its own. */
        readonly books: {
          readonly before: readonly {
            readonly book: string
            readonly figure: string
            readonly value: string
            readonly unit: string
          }[]
          readonly after: readonly {
            readonly book: string
            readonly figure: string
            readonly value: string
            readonly unit: string
          }[]
        } | null
        /** Why it failed. */
        readonly says: string | null
      }[]
    }
  }
  /** Run a chapter of the case, one at a time, on a sandbox installation only */
  'POST /admin/v1/demo/runs': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      /** As weir demo --list numbers them. */
      readonly chapter: number
      /** here: play it on this installation. alone: prove it against servers of its own, crashes and all. */
      readonly place: 'here' | 'alone'
    }
    readonly answer: {
      readonly id: string
      readonly chapter: number
      readonly place: 'here' | 'alone'
      readonly state: 'running' | 'passed' | 'failed'
      readonly started_at: string
      readonly started_by: string
      readonly ended_at: string | null
      readonly lines: readonly {
        readonly chapter: number
        readonly says: string
      }[]
      /** What each party's book said before and after; null where the chapter ran against servers of its own. */
      readonly books: {
        readonly before: readonly {
          readonly book: string
          readonly figure: string
          readonly value: string
          readonly unit: string
        }[]
        readonly after: readonly {
          readonly book: string
          readonly figure: string
          readonly value: string
          readonly unit: string
        }[]
      } | null
      /** Why it failed. */
      readonly says: string | null
    }
  }
  /** A run: what it said so far, how it ended, what changed in each book */
  'GET /admin/v1/demo/runs/{run}': {
    readonly params: {
      readonly run: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly chapter: number
      readonly place: 'here' | 'alone'
      readonly state: 'running' | 'passed' | 'failed'
      readonly started_at: string
      readonly started_by: string
      readonly ended_at: string | null
      readonly lines: readonly {
        readonly chapter: number
        readonly says: string
      }[]
      /** What each party's book said before and after; null where the chapter ran against servers of its own. */
      readonly books: {
        readonly before: readonly {
          readonly book: string
          readonly figure: string
          readonly value: string
          readonly unit: string
        }[]
        readonly after: readonly {
          readonly book: string
          readonly figure: string
          readonly value: string
          readonly unit: string
        }[]
      } | null
      /** Why it failed. */
      readonly says: string | null
    }
  }
  /** Disputes with suppliers, the latest first */
  'GET /admin/v1/disputes': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly reconciliation: string
        readonly supplier: string
        readonly state: string
        readonly currency: string
        readonly amount: string
        readonly reason: string
        readonly history: readonly {
          readonly at: string
          readonly state: string
          readonly note: string
        }[]
      }[]
    }
  }
  /** Move a dispute on; a credit is booked */
  'POST /admin/v1/disputes/{id}/moves': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly state: 'acknowledged' | 'credited' | 'rejected' | 'withdrawn'
      readonly note: string
      /** What the supplier gave back; of `credited` only. */
      readonly credit?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly supplier: string
      readonly state: string
      readonly currency: string
      readonly amount: string
      readonly reason: string
      readonly history: readonly {
        readonly at: string
        readonly state: string
        readonly note: string
      }[]
    }
  }
  /** Models that are or were diverted */
  'GET /admin/v1/diversions': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly model: string
        readonly diversion: {
          readonly model: string
          /** Deployment id. */
          readonly to: string
          /** Above 0, at most 1. */
          readonly share: number
          readonly sticky: 'user' | 'session'
        } | null
        /** What the clauses of now say of its own model; traffic stays where it is whatever they say. */
        readonly standing: {
          readonly outcome: 'allow' | 'ask' | 'deny' | 'unregistered'
          readonly says: readonly string[]
        } | null
        /** Why it has no effect, where it has none. */
        readonly idle: string | null
        readonly steps: readonly {
          readonly at: string
          readonly action: 'divert' | 'back'
          readonly deployment: string | null
          readonly share: string | null
          readonly sticky: string | null
          readonly version: number
          readonly actor: string
        }[]
      }[]
    }
  }
  /** Divert a share of a model, on every node within two seconds */
  'PUT /admin/v1/diversions/{model}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly model: string
    }
    readonly query: {}
    readonly body: {
      readonly to: string
      readonly share: number
      readonly sticky?: 'user' | 'session' | undefined
      readonly unknown_ancestry?: boolean | undefined
    }
    readonly answer: {
      readonly status: 'diverted' | 'back' | 'unchanged'
      /** The snapshot version from which it holds. */
      readonly version: number
      readonly diversion: {
        readonly model: string
        /** Deployment id. */
        readonly to: string
        /** Above 0, at most 1. */
        readonly share: number
        readonly sticky: 'user' | 'session'
      } | null
      readonly notes: readonly string[]
    }
  }
  /** Take a diversion back, on every node within two seconds */
  'DELETE /admin/v1/diversions/{model}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly model: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly status: 'diverted' | 'back' | 'unchanged'
      /** The snapshot version from which it holds. */
      readonly version: number
      readonly diversion: {
        readonly model: string
        /** Deployment id. */
        readonly to: string
        /** Above 0, at most 1. */
        readonly share: number
        readonly sticky: 'user' | 'session'
      } | null
      readonly notes: readonly string[]
    }
  }
  /** Cost per success, latency and errors of both sides; no equivalence is claimed */
  'GET /admin/v1/diversions/{model}/sides': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly model: string
    }
    readonly query: {
      readonly signal?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly model: string
      readonly since: string
      readonly until: string
      readonly signal: string
      readonly sides: readonly {
        readonly side: 'own' | 'supplier'
        readonly deployments: readonly string[]
        readonly attempts: number
        readonly calls: number
        readonly judged: number
        readonly successes: number
        readonly currency?: string | undefined
        readonly cost: string
        readonly uncosted: number
        readonly successRate?: {
          readonly value: string
          readonly low: string
          /** Absent: open above. */
          readonly high?: string | undefined
        } | undefined
        readonly errorRate?: {
          readonly value: string
          readonly low: string
          /** Absent: open above. */
          readonly high?: string | undefined
        } | undefined
        readonly costPerCall?: {
          readonly value: string
          readonly low: string
          /** Absent: open above. */
          readonly high?: string | undefined
        } | undefined
        readonly costPerSuccess?: {
          readonly value: string
          readonly low: string
          /** Absent: open above. */
          readonly high?: string | undefined
        } | undefined
        readonly latencyMedianMs?: {
          readonly value: string
          readonly low: string
          /** Absent: open above. */
          readonly high?: string | undefined
        } | undefined
        readonly latency95Ms?: {
          readonly value: string
          readonly low: string
          /** Absent: open above. */
          readonly high?: string | undefined
        } | undefined
      }[]
      /** The own side at what its assets cost by the books. */
      readonly atAsset: {
        readonly status: 'known'
        readonly months: readonly {
          readonly month: string
          readonly cost: string
          readonly atRate: string
          readonly times: string
          readonly costPerSuccess?: {
            readonly value: string
            readonly low: string
            /** Absent: open above. */
            readonly high?: string | undefined
          } | undefined
          readonly inputs: readonly {
            readonly kind: string
            /** Row id, or the key of the rows. */
            readonly id: string
            readonly date: string
            readonly says?: string | undefined
          }[]
        }[]
      } | {
        readonly status: 'missing'
        /** What is not there, and how to put it there. */
        readonly missing: readonly string[]
      }
      readonly says: string
      readonly missing: readonly string[]
      readonly methods: readonly string[]
    }
  }
  /** Loss accounting, and what needs attention */
  'GET /admin/v1/doctor': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly accounting: {
        readonly events_in: number
        readonly posted: number
        readonly quarantined: number
        readonly resolved: number
        readonly open: number
        readonly missing: number
        /** 0, or something is wrong (C3). */
        readonly difference: number
        readonly reported: number
        readonly estimated: number
        readonly absent: number
        readonly unbilled: number
        readonly unpriced: number
        readonly refusals: number
        readonly unposted: number
        /** Of the node that answers, or of all nodes as of two seconds ago, whichever is more. */
        readonly unshipped: number
        readonly oldest_unshipped_ms: number | null
      }
      readonly findings: readonly {
        readonly severity: 'warning' | 'error'
        readonly says: string
      }[]
    }
  }
  /** Work a suspension through on paper: fallbacks that the terms permit, capacity, time to recover. Changes nothing; its result is kept */
  'POST /admin/v1/drills': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly suspended: {
        readonly kind: 'supplier' | 'maker' | 'channel' | 'account'
        readonly name: string
      }
      readonly organization?: string | undefined
      readonly days?: number | undefined
    }
    readonly answer: {
      readonly id: string
      readonly at: string
      readonly actor: string
      readonly suspended: {
        readonly kind: 'supplier' | 'maker' | 'channel' | 'account'
        readonly name: string
      }
      readonly days: number
      /** Lines that would be served by nothing. */
      readonly stops: number
      readonly lines: readonly {
        readonly organization: string
        readonly purpose: string | null
        readonly model: string
        readonly calls: number
        /** Of the calls, those that went through what is suspended. */
        readonly calls_there: number
        readonly tokens: string
        readonly peak_tokens_per_minute: string
        readonly fallbacks: readonly {
          readonly deployment: string
          readonly model: string
          readonly maker: string
          readonly how: 'same-model' | 'other-model'
          /** The most that it has carried; null: nothing, so nobody knows. */
          readonly carried_tokens_per_minute: string | null
          readonly limit_tokens_per_minute: number | null
        }[]
        readonly refused: readonly {
          readonly deployment: string
          readonly outcome: string
          readonly says: string
        }[]
        readonly capacity: 'enough' | 'short' | 'unknown' | 'none'
        readonly recovery: {
          readonly kind: 'automatic' | 'by-change' | 'none'
          readonly seconds: number | null
          readonly says: string
        }
      }[]
    }
  }
  /** Drills that were held, the latest first */
  'GET /admin/v1/drills': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly at: string
        readonly actor: string
        readonly suspended: {
          readonly kind: 'supplier' | 'maker' | 'channel' | 'account'
          readonly name: string
        }
        readonly days: number
        /** Lines that would be served by nothing. */
        readonly stops: number
        readonly lines: readonly {
          readonly organization: string
          readonly purpose: string | null
          readonly model: string
          readonly calls: number
          /** Of the calls, those that went through what is suspended. */
          readonly calls_there: number
          readonly tokens: string
          readonly peak_tokens_per_minute: string
          readonly fallbacks: readonly {
            readonly deployment: string
            readonly model: string
            readonly maker: string
            readonly how: 'same-model' | 'other-model'
            /** The most that it has carried; null: nothing, so nobody knows. */
            readonly carried_tokens_per_minute: string | null
            readonly limit_tokens_per_minute: number | null
          }[]
          readonly refused: readonly {
            readonly deployment: string
            readonly outcome: string
            readonly says: string
          }[]
          readonly capacity: 'enough' | 'short' | 'unknown' | 'none'
          readonly recovery: {
            readonly kind: 'automatic' | 'by-change' | 'none'
            readonly seconds: number | null
            readonly says: string
          }
        }[]
      }[]
    }
  }
  /** Events, the latest first */
  'GET /admin/v1/events': {
    readonly params: {}
    readonly query: {
      readonly kind?: string | undefined
      readonly subject?: string | undefined
      readonly from?: string | undefined
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly at: string
        readonly kind: string
        readonly subject: string
        readonly body: unknown
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** Record dated exchange rates, each with its source */
  'POST /admin/v1/exchange-rates': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly rates: readonly {
        readonly base: string
        readonly quote: string
        readonly day: string
        readonly rate: string
        readonly source: string
      }[]
    }
    readonly answer: {
      readonly saved: number
    }
  }
  /** Every customer's exposure: unbilled, unpaid and committed, against its credit limit */
  'GET /admin/v1/exposure': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly organization: string
        readonly currency: string
        /** Null where a rate is missing. */
        readonly unbilled: string | null
        /** Null where a rate is missing. */
        readonly unpaid: string | null
        /** Null where a rate is missing. */
        readonly unapplied: string | null
        readonly committed: string
        /** Null where a rate is missing. */
        readonly total: string | null
        readonly credit_limit: string | null
        readonly over: boolean | null
        /** What is open in each currency, before it is converted. */
        readonly currencies: readonly {
          readonly currency: string
          readonly unbilled: string
          readonly unpaid: string
          readonly unapplied: string
        }[]
        readonly missing_rates: readonly string[]
      }[]
    }
  }
  /** Unbilled, unpaid and committed, against the credit limit */
  'GET /admin/v1/exposure/{organization}': {
    readonly params: {
      readonly organization: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly organization: string
      readonly currency: string
      /** Null where a rate is missing. */
      readonly unbilled: string | null
      /** Null where a rate is missing. */
      readonly unpaid: string | null
      /** Null where a rate is missing. */
      readonly unapplied: string | null
      readonly committed: string
      /** Null where a rate is missing. */
      readonly total: string | null
      readonly credit_limit: string | null
      readonly over: boolean | null
      /** What is open in each currency, before it is converted. */
      readonly currencies: readonly {
        readonly currency: string
        readonly unbilled: string
        readonly unpaid: string
        readonly unapplied: string
      }[]
      readonly missing_rates: readonly string[]
    }
  }
  /** FOCUS datasets */
  'GET /admin/v1/focus/{dataset}': {
    readonly params: {
      readonly dataset: 'cost-and-usage' | 'invoice-detail' | 'billing-period' | 'contract-commitment'
    }
    readonly query: {
      readonly month?: string | undefined
      readonly version?: '1.2' | '1.4' | undefined
      readonly format?: 'csv' | 'parquet' | undefined
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** Deployments and accounts as this node sees them now */
  'GET /admin/v1/health': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly deployments: readonly {
        readonly id: string
        readonly provider: string
        readonly account: string
        readonly upstream_model: string
        /** Public names that it serves. */
        readonly models: readonly string[]
        readonly capacity: string
        readonly region: string | null
        /** Of its breaker: closed serves, open rests after failures, half-open lets one call try. */
        readonly state: 'closed' | 'open' | 'half-open'
        /** In a row. */
        readonly failures: number
        readonly opens_again_at: string | null
      }[]
      readonly accounts: readonly {
        readonly account: string
        readonly deployments: number
        readonly suspended: {
          readonly since: string
          readonly reason: string
        } | null
      }[]
    }
  }
  /** Legal holds, the latest first */
  'GET /admin/v1/holds': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly organization: string
        readonly matter: string
        readonly reason: string
        /** Null: all calls of the period. */
        readonly calls: readonly string[] | null
        readonly from: string | null
        readonly to: string | null
        readonly set_by: string
        readonly set_at: string
        readonly until: string
        readonly reviewed_by: string | null
        readonly reviewed_at: string | null
        readonly ended_by: string | null
        readonly ended_at: string | null
        readonly state: 'holds' | 'ended'
      }[]
    }
  }
  /** Keep calls from erasure, for a year at most */
  'POST /admin/v1/holds': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly organization: string
      /** The case, claim or letter that it serves. */
      readonly matter: string
      readonly reason: string
      readonly until: string
      readonly calls?: readonly string[] | undefined
      readonly from?: string | undefined
      readonly to?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly matter: string
      readonly reason: string
      /** Null: all calls of the period. */
      readonly calls: readonly string[] | null
      readonly from: string | null
      readonly to: string | null
      readonly set_by: string
      readonly set_at: string
      readonly until: string
      readonly reviewed_by: string | null
      readonly reviewed_at: string | null
      readonly ended_by: string | null
      readonly ended_at: string | null
      readonly state: 'holds' | 'ended'
    }
  }
  /** End it: retention applies again from the next minute */
  'POST /admin/v1/holds/{hold}/end': {
    readonly params: {
      readonly hold: string
    }
    readonly query: {}
    readonly body: {
      readonly says: string
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly matter: string
      readonly reason: string
      /** Null: all calls of the period. */
      readonly calls: readonly string[] | null
      readonly from: string | null
      readonly to: string | null
      readonly set_by: string
      readonly set_at: string
      readonly until: string
      readonly reviewed_by: string | null
      readonly reviewed_at: string | null
      readonly ended_by: string | null
      readonly ended_at: string | null
      readonly state: 'holds' | 'ended'
    }
  }
  /** Look at it again and prolong it: somebody other than who set it */
  'POST /admin/v1/holds/{hold}/review': {
    readonly params: {
      readonly hold: string
    }
    readonly query: {}
    readonly body: {
      readonly until: string
      readonly says: string
    }
    readonly answer: {
      readonly id: string
      readonly organization: string
      readonly matter: string
      readonly reason: string
      /** Null: all calls of the period. */
      readonly calls: readonly string[] | null
      readonly from: string | null
      readonly to: string | null
      readonly set_by: string
      readonly set_at: string
      readonly until: string
      readonly reviewed_by: string | null
      readonly reviewed_at: string | null
      readonly ended_by: string | null
      readonly ended_at: string | null
      readonly state: 'holds' | 'ended'
    }
  }
  /** Look for somebody's indicators among the sketches kept here: a match is a lead for a person */
  'POST /admin/v1/indicators/match': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly kind: 'weir-indicators/v1'
      readonly made: string
      readonly clause?: string | undefined
      readonly says: string
      readonly prompts: number
      readonly techniques: readonly string[]
      readonly templates: readonly {
        readonly band: number
        readonly hash: string
      }[]
    }
    readonly answer: {
      readonly scanned: number
      readonly data: readonly {
        readonly organization: string
        readonly project: string
        readonly key: string
        readonly prompts: number
        /** Prompts of the key that were sketched. */
        readonly of: number
      }[]
    }
  }
  /** Invoices and credit notes */
  'GET /admin/v1/invoices': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
      readonly month?: string | undefined
      readonly status?: 'draft' | 'issued' | 'paid' | 'void' | undefined
      /** Of a page; left out: all. */
      readonly limit?: number | undefined
      /** `next` of the page before. */
      readonly after?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly kind: string
        readonly organization: string
        readonly month: string
        readonly status: string
        readonly number: string | null
        readonly currency: string
        readonly total: string
        readonly due: string
        readonly paid: string
        /** Still to be paid: what was due less payments and credit notes; of a credit note nothing, since its invoice is less by it. */
        readonly open: string
        readonly issued_on: string | null
        readonly due_on: string | null
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** The monthly run: draft and issue, then make suppliers’ months payable under their contracts; running it again changes nothing */
  'POST /admin/v1/invoices/close': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly month: string
      readonly draft_only?: boolean | undefined
      readonly organizations?: readonly string[] | undefined
    }
    readonly answer: {
      readonly month: string
      readonly already_issued: number
      readonly nothing_to_bill: readonly string[]
      readonly failed: readonly {
        readonly organization: string
        readonly why: string
      }[]
      readonly issued: readonly {
        readonly organization: string
        readonly id: string
        readonly number: string
        readonly total: string
        readonly currency: string
      }[]
      /** Their months under their contracts; none in a run of drafts or of some customers. */
      readonly suppliers: {
        readonly posted: readonly {
          readonly supplier: string
          readonly currency: string
          /** What payable grew by. */
          readonly amount: string
        }[]
        readonly unchanged: number
        readonly failed: readonly {
          readonly supplier: string
          readonly why: string
        }[]
      }
    }
  }
  /** One invoice as json, html, csv, pdf or EN 16931 xml */
  'GET /admin/v1/invoices/{id}': {
    readonly params: {
      /** Its id or its number. */
      readonly id: string
    }
    readonly query: {
      readonly format?: 'json' | 'html' | 'csv' | 'pdf' | 'xml' | undefined
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** An invoice divided over the buyer’s cost centres, to the cent */
  'GET /admin/v1/invoices/{id}/chargeback': {
    readonly params: {
      /** Its id or its number. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly cost_centre: string | null
        readonly usage: string
        readonly provisioned: string
        readonly shared: string
        readonly total: string
      }[]
    }
  }
  /** Credit an issued invoice, whole or in part; a note with its own number is written and booked */
  'POST /admin/v1/invoices/{id}/credit': {
    readonly params: {
      /** Its id or its number. */
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      /** Of the note: the same id again answers the note that is there. */
      readonly id: string
      /** Before tax. Left out: the whole invoice, line by line, and what it drew of credits and commitments is given back. */
      readonly net?: string | undefined
      readonly description: string
      readonly reason: string
    }
    readonly answer: {
      readonly id: string
      readonly kind: string
      readonly organization: string
      readonly month: string
      readonly status: string
      readonly number: string | null
      readonly currency: string
      readonly total: string
      readonly due: string
      readonly paid: string
      /** Still to be paid: what was due less payments and credit notes; of a credit note nothing, since its invoice is less by it. */
      readonly open: string
      readonly issued_on: string | null
      readonly due_on: string | null
    }
  }
  /** Issue a draft: it gets its number and its entries */
  'POST /admin/v1/invoices/{id}/issue': {
    readonly params: {
      /** Its id or its number. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly kind: string
      readonly organization: string
      readonly month: string
      readonly status: string
      readonly number: string | null
      readonly currency: string
      readonly total: string
      readonly due: string
      readonly paid: string
      /** Still to be paid: what was due less payments and credit notes; of a credit note nothing, since its invoice is less by it. */
      readonly open: string
      readonly issued_on: string | null
      readonly due_on: string | null
    }
  }
  /** Take an issued invoice back whole; its number stays used */
  'POST /admin/v1/invoices/{id}/void': {
    readonly params: {
      /** Its id or its number. */
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly reason: string
    }
    readonly answer: {
      readonly id: string
      readonly kind: string
      readonly organization: string
      readonly month: string
      readonly status: string
      readonly number: string | null
      readonly currency: string
      readonly total: string
      readonly due: string
      readonly paid: string
      /** Still to be paid: what was due less payments and credit notes; of a credit note nothing, since its invoice is less by it. */
      readonly open: string
      readonly issued_on: string | null
      readonly due_on: string | null
    }
  }
  /** Client keys, without their secrets */
  'GET /admin/v1/keys': {
    readonly params: {}
    readonly query: {
      /** organization/project */
      readonly project?: string | undefined
      readonly revoked?: 'true' | 'false' | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly organization: string
        readonly project: string
        readonly name: string
        /** The last letters of the secret. */
        readonly hint: string
        readonly purpose: string | null
        readonly models: readonly string[] | null
        readonly expires: string | null
        readonly revoked_at: string | null
        readonly revoked_by: string | null
        /** `file` where a weir.yaml declares it; then it is changed there. */
        readonly managed_by: string | null
        readonly created_at: string
        readonly spec: {
          readonly name: string
          readonly purpose?: string | undefined
          readonly models?: readonly string[] | undefined
          readonly limits?: {
            readonly requestsPerMinute?: number | undefined
            readonly tokensPerMinute?: number | undefined
            readonly concurrency?: number | undefined
          } | undefined
          readonly expires?: string | undefined
          readonly budget?: {
            readonly amount: string
            readonly currency: string
            readonly period: 'day' | 'month' | 'total'
            readonly timeZone: string
            readonly thresholds: readonly string[]
          } | undefined
          readonly budgets?: readonly {
            readonly amount: string
            readonly currency: string
            readonly period: 'day' | 'month' | 'total'
            readonly timeZone: string
            readonly thresholds: readonly string[]
          }[] | undefined
        }
      }[]
    }
  }
  /** Create a key; its secret is shown once */
  'POST /admin/v1/keys': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly name: string
      readonly secret?: string | undefined
      readonly purpose?: string | undefined
      readonly models?: readonly string[] | undefined
      readonly limits?: {
        readonly requestsPerMinute?: number | undefined
        readonly tokensPerMinute?: number | undefined
        readonly concurrency?: number | undefined
      } | undefined
      readonly expires?: string | undefined
      readonly budget?: {
        readonly amount: string
        readonly currency?: string | undefined
        readonly period?: 'day' | 'month' | 'total' | undefined
        readonly timeZone?: string | undefined
        readonly thresholds?: readonly string[] | undefined
      } | undefined
      readonly budgets?: readonly {
        readonly amount: string
        readonly currency?: string | undefined
        readonly period?: 'day' | 'month' | 'total' | undefined
        readonly timeZone?: string | undefined
        readonly thresholds?: readonly string[] | undefined
      }[] | undefined
      readonly organization: string
      readonly project: string
    }
    readonly answer: {
      readonly id: string
      readonly name: string
      /** Shown in this answer and never again. */
      readonly secret: string
    }
  }
  /** Revoke a key, on every node within two seconds */
  'DELETE /admin/v1/keys/{key}': {
    readonly params: {
      /** Its id, or organization~project~name. */
      readonly key: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** The snapshot version that holds the change. */
      readonly version: number
    }
  }
  /** Give a key a new secret, shown once */
  'POST /admin/v1/keys/{key}/rotate': {
    readonly params: {
      /** Its id, or organization~project~name. */
      readonly key: string
    }
    readonly query: {}
    readonly body: {
      readonly grace_seconds?: number | undefined
    }
    readonly answer: {
      readonly id: string
      readonly name: string
      /** Shown in this answer and never again. */
      readonly secret: string
    }
  }
  /** Derive every balance from entries and compare what must agree */
  'GET /admin/v1/ledger/check': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly ok: boolean
      readonly checks: readonly {
        readonly id: string
        readonly what: string
        readonly ok: boolean
        readonly found: readonly string[]
      }[]
      readonly balances: readonly {
        readonly account: string
        readonly currency: string
        readonly amount: string
      }[]
      readonly transactions: number
      readonly entries: number
    }
  }
  /** Datasets, trainings, weights and models, with what sticks to them */
  'GET /admin/v1/lineage': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
      /** unknown: the remediation queue. */
      readonly origin?: 'known' | 'unknown' | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly kind: string
        readonly organization: string
        readonly origin: string
        readonly flags: readonly string[]
        readonly licences: readonly string[]
        readonly from: readonly string[]
        readonly sources: readonly string[]
        readonly version: number
        readonly actor: string
        readonly at: string
      }[]
    }
  }
  /** One dataset, training or model as it is registered */
  'GET /admin/v1/lineage/{id}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly kind: string
      readonly organization: string
      readonly origin: string
      readonly flags: readonly string[]
      readonly licences: readonly string[]
      readonly from: readonly string[]
      readonly sources: readonly string[]
      readonly version: number
      readonly actor: string
      readonly at: string
      readonly purpose: string | null
      readonly rows: string | null
      /** Rows that were refused, by clause. */
      readonly exclusions: readonly {
        readonly clause: string
        readonly maker: string
        readonly rows: string
      }[]
      readonly body: unknown
    }
  }
  /** Enter what is older than Weir, or clear its origin */
  'PUT /admin/v1/lineage/{id}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly organization: string
      readonly kind: 'dataset' | 'model' | 'weights'
      readonly origin?: 'known' | 'unknown' | undefined
      readonly licences?: readonly string[] | undefined
      readonly flags?: readonly string[] | undefined
      readonly from?: readonly string[] | undefined
      /** Of weights: who made them. */
      readonly maker?: string | undefined
      /** Where the origin is shown: needed to clear an unknown one. */
      readonly evidence?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly version: number
    }
  }
  /** The model's bill of materials, CycloneDX 1.7 */
  'GET /admin/v1/lineage/{id}/bom': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: unknown
  }
  /** Live events */
  'GET /admin/v1/live': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly kind: 'calls'
      /** Calls that ended since the message before; `calls` holds at most the latest hundred. */
      readonly count: number
      readonly calls: readonly {
        readonly call: string
        readonly at: string
        readonly organization: string
        readonly project: string
        readonly key: string
        readonly model: string
        readonly deployment: string | null
        readonly operation: string
        readonly surface: string
        readonly stream: boolean
        readonly attempts: number
        readonly status: number
        readonly fault: string | null
        readonly duration_ms: number
        readonly first_byte_ms: number | null
        readonly input_tokens: number | null
        readonly output_tokens: number | null
        readonly source: string
        /** What budgets were charged, decimal text; the booked cost follows once it is posted. */
        readonly charge: string
      }[]
    } | {
      readonly kind: 'posted'
    }
  }
  /** The logs, how far they are signed and cosigned, and their keys */
  'GET /admin/v1/logs': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly kind: string
        readonly organization: string | null
        readonly origin: string
        readonly size: string
        /** Leaves under the latest published checkpoint. */
        readonly signed: string
        /** Leaves under the latest checkpoint that a witness has cosigned. */
        readonly cosigned: string
        /** Verifier keys, the one that signs now first. */
        readonly keys: readonly string[]
      }[]
    }
  }
  /** Read everything about the logs again and name what does not fit */
  'GET /admin/v1/logs/check': {
    readonly params: {}
    readonly query: {
      readonly log?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly log: string
        readonly size: string
        readonly checkpoints: number
        readonly faults: readonly {
          readonly kind: string
          readonly where: string
          readonly says: string
        }[]
      }[]
    }
  }
  /** Who decided what: leaves of the governance log, the latest first */
  'GET /admin/v1/logs/governance': {
    readonly params: {}
    readonly query: {
      readonly kind?: string | undefined
      /** `next` of the page before. */
      readonly before?: string | undefined
      readonly limit?: number | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly index: string
        readonly at: string
        readonly kind: string
        readonly actor: string
        readonly subject: string
        readonly body: unknown
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** The old key signs no more */
  'POST /admin/v1/logs/keys/retire': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly retired: true
    }
  }
  /** A new key for the logs: a leaf signed with both introduces it in each, and both sign until the old one is retired */
  'POST /admin/v1/logs/keys/rotate': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly logs: number
    }
  }
  /** How much a maker's models are used, summed over all customers */
  'GET /admin/v1/makers/{maker}/usage': {
    readonly params: {
      readonly maker: string
    }
    readonly query: {
      readonly from: string
      readonly to: string
    }
    readonly body: undefined
    readonly answer: {
      readonly maker: string
      readonly from: string
      readonly to: string
      readonly data: readonly {
        readonly model: string
        readonly customers: number
        readonly calls: number
        readonly input_tokens: string
        readonly output_tokens: string
        readonly cost: string
        readonly currency: string
      }[]
    }
  }
  /** Margin per customer and model */
  'GET /admin/v1/margins': {
    readonly params: {}
    readonly query: {
      readonly month: string
      readonly currency?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly month: string
        readonly organization: string
        readonly model: string
        readonly maker: string
        readonly supplier: string
        readonly currency: string
        readonly calls: number
        readonly list: string
        readonly revenue: string
        readonly cost: string
        /** Where the cost comes from; no-model: billed for no model, such as a shortfall. */
        readonly basis: 'agreement' | 'supplier-contract' | 'list' | 'no-model'
        readonly margin: string
        /** What months of our assets say that these hours cost us, beside the cost and not in it; from the asset that the deployments name, where they name one; null where no asset’s month names this customer and model, or several suppliers could be meant. */
        readonly in_house_cost: string | null
      }[]
    }
  }
  /** Models and the deployments that serve them */
  'GET /admin/v1/models': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly name: string
        readonly managed_by: string | null
        readonly created_at: string
        readonly spec: {
          readonly maker?: string | undefined
          readonly deployments: readonly {
            readonly provider: string
            readonly model: string
            readonly id?: string | undefined
            readonly group: number
            readonly weight: number
            readonly capacity: 'pay-as-you-go' | 'provisioned' | 'in-house'
            readonly region?: string | undefined
            readonly regionClass?: 'global' | 'data-zone' | 'regional' | undefined
            readonly requiresRetention?: boolean | undefined
            readonly prices?: string | undefined
            readonly pricedAs?: string | undefined
            readonly internalRate?: {
              readonly input: string
              readonly output: string
              readonly currency: string
            } | undefined
            readonly asset?: string | undefined
            readonly replicas?: {
              readonly count: number
              readonly tokensPerMinute?: string | undefined
              readonly outputWeight: string
            } | undefined
          }[]
          readonly contextWindow?: number | undefined
          readonly outputMax?: number | undefined
          readonly timeouts?: {
            readonly connectMs?: number | undefined
            readonly firstByteMs?: number | undefined
            readonly idleMs?: number | undefined
            readonly totalMs?: number | undefined
          } | undefined
          readonly retries?: {
            readonly attemptsMax?: number | undefined
            readonly backoffMs?: number | undefined
            readonly backoffMaxMs?: number | undefined
          } | undefined
          readonly whenClientLeaves?: {
            readonly stream?: 'cancel' | 'drain' | undefined
            readonly plain?: 'cancel' | 'drain' | undefined
            readonly drainMaxMs?: number | undefined
          } | undefined
          readonly sticky: 'none' | 'user' | 'session' | 'key'
          readonly limits?: {
            readonly requestsPerMinute?: number | undefined
            readonly tokensPerMinute?: number | undefined
            readonly concurrency?: number | undefined
          } | undefined
        }
        /** As this node routes them now. */
        readonly deployments: readonly {
          readonly id: string
          readonly provider: string
          readonly account: string
          readonly upstream_model: string
          readonly group: number
          readonly weight: number
          readonly capacity: string
          readonly price_list: string
          readonly priced_as: string
          readonly context_window: number
          readonly output_max: number
        }[]
      }[]
    }
  }
  /** Register a training run with all that went into it; refused where a clause forbids it */
  'POST /admin/v1/models/trainings': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly model: string
      readonly organization: string
      readonly purpose: string
      readonly from: readonly string[]
      readonly parameters?: Readonly<Record<string, string>> | undefined
    }
    readonly answer: {
      readonly status: 'recorded' | 'refused'
      readonly outcome: string
      readonly says: readonly string[]
      readonly clauses: readonly string[]
      readonly approval: string | null
      readonly flags: readonly string[]
      readonly licences: readonly string[]
      readonly duties: readonly {
        readonly clause: string
        readonly obligation: string
        readonly met: boolean
      }[]
    }
  }
  /** Create or replace a model */
  'PUT /admin/v1/models/{name}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly name: string
    }
    readonly query: {}
    readonly body: {
      readonly maker?: string | undefined
      readonly deployments: readonly {
        readonly provider: string
        readonly model: string
        readonly id?: string | undefined
        readonly group?: number | undefined
        readonly weight?: number | undefined
        readonly capacity?: 'pay-as-you-go' | 'provisioned' | 'in-house' | undefined
        readonly region?: string | undefined
        readonly regionClass?: 'global' | 'data-zone' | 'regional' | undefined
        readonly requiresRetention?: boolean | undefined
        readonly prices?: string | undefined
        readonly pricedAs?: string | undefined
        readonly internalRate?: {
          readonly input: string
          readonly output: string
          readonly currency?: string | undefined
        } | undefined
        readonly asset?: string | undefined
        readonly replicas?: {
          readonly count: number
          readonly tokensPerMinute?: string | undefined
          readonly outputWeight?: string | undefined
        } | undefined
      }[]
      readonly contextWindow?: number | undefined
      readonly outputMax?: number | undefined
      readonly timeouts?: {
        readonly connectMs?: number | undefined
        readonly firstByteMs?: number | undefined
        readonly idleMs?: number | undefined
        readonly totalMs?: number | undefined
      } | undefined
      readonly retries?: {
        readonly attemptsMax?: number | undefined
        readonly backoffMs?: number | undefined
        readonly backoffMaxMs?: number | undefined
      } | undefined
      readonly whenClientLeaves?: {
        readonly stream?: 'cancel' | 'drain' | undefined
        readonly plain?: 'cancel' | 'drain' | undefined
        readonly drainMaxMs?: number | undefined
      } | undefined
      readonly sticky?: 'none' | 'user' | 'session' | 'key' | undefined
      readonly limits?: {
        readonly requestsPerMinute?: number | undefined
        readonly tokensPerMinute?: number | undefined
        readonly concurrency?: number | undefined
      } | undefined
    }
    readonly answer: {
      readonly version: number
    }
  }
  /** Remove a model */
  'DELETE /admin/v1/models/{name}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly name: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly version: number
    }
  }
  /** Nodes, and what they have leased of budgets */
  'GET /admin/v1/nodes': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        /** The node’s journal: its name towards the books. */
        readonly journal: string | null
        readonly id: string | null
        readonly role: string | null
        /** Rewritten each two seconds; null: a journal that has leases and no node. */
        readonly seen_at: string | null
        readonly alive: boolean
        readonly open_calls: number
        readonly unshipped: number
        readonly leased: readonly {
          readonly budget: string
          readonly period: string
          readonly amount: string
        }[]
      }[]
    }
  }
  /** Give up on a node that will not come back: what it may still have spent counts as spent */
  'POST /admin/v1/nodes/{journal}/write-off': {
    readonly params: {
      readonly journal: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly written_off: readonly {
        readonly budget: string
        readonly period: string
        readonly amount: string
      }[]
    }
  }
  /** Suppliers that may send us notices */
  'GET /admin/v1/notice-sources': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly party: string
        readonly organization: string
        readonly base_url: string
        readonly reads_cases: boolean
        /** Messages that were refused since it was registered: for their signature, or their time. */
        readonly refused: number
        /** Where the sender delivers to, below this server's address. */
        readonly webhook_path: string
        readonly created_at: string
      }[]
    }
  }
  /** Register a sender with the secret that signs its webhooks */
  'POST /admin/v1/notice-sources': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly party: string
      /** Whose use its account stands for; * where several share it. */
      readonly organization?: string | undefined
      readonly secret: string
      /** Where the case behind a notice is read: GET …/safety/cases/{id}. */
      readonly base_url?: string | undefined
      /** A key that may read safety cases. */
      readonly api_key?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly party: string
      readonly organization: string
      readonly base_url: string
      readonly reads_cases: boolean
      /** Messages that were refused since it was registered: for their signature, or their time. */
      readonly refused: number
      /** Where the sender delivers to, below this server's address. */
      readonly webhook_path: string
      readonly created_at: string
    }
  }
  /** Notices, the latest first */
  'GET /admin/v1/notices': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly party: string
        readonly external: string
        readonly form: 'openai-event' | 'openai-safety-case' | 'azure-abuse-penalty' | 'weir-case' | 'letter'
        readonly organization: string
        readonly at: string
        readonly action: string | null
        readonly says: string | null
        readonly until: string | null
        readonly case: string | null
        readonly trouble: string | null
        readonly matched: {
          readonly calls: number
          readonly scanned: number
          /** Receipts whose salt was erased: identifiers cannot be compared with them. */
          readonly closed: number
          readonly through_account: number | null
        } | null
        /** What follows at our account by itself while it is in force: a blocked one leaves rotation, a throttled one keeps that percentage of the calls that another place may serve. Until null: while the account is read and says so. */
        readonly imposed: {
          readonly account: string
          readonly action: 'block' | 'throttle'
          readonly percent: number | null
          readonly until: string | null
        } | null
        readonly calls: readonly {
          readonly call: string
          readonly organization: string
          readonly by: string
          readonly at: string
        }[]
        readonly body: unknown
      }[]
    }
  }
  /** Import a notice: match it with our calls, open a case, put the agreement under investigation */
  'POST /admin/v1/notices': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      /** Maker or channel that sent it. */
      readonly party: string
      readonly form: 'openai-event' | 'openai-safety-case' | 'azure-abuse-penalty' | 'weir-case' | 'letter'
      readonly organization?: string | undefined
      readonly body: unknown
    }
    readonly answer: {
      readonly id: string
      readonly party: string
      readonly external: string
      readonly form: 'openai-event' | 'openai-safety-case' | 'azure-abuse-penalty' | 'weir-case' | 'letter'
      readonly organization: string
      readonly at: string
      readonly action: string | null
      readonly says: string | null
      readonly until: string | null
      readonly case: string | null
      readonly trouble: string | null
      readonly matched: {
        readonly calls: number
        readonly scanned: number
        /** Receipts whose salt was erased: identifiers cannot be compared with them. */
        readonly closed: number
        readonly through_account: number | null
      } | null
      /** What follows at our account by itself while it is in force: a blocked one leaves rotation, a throttled one keeps that percentage of the calls that another place may serve. Until null: while the account is read and says so. */
      readonly imposed: {
        readonly account: string
        readonly action: 'block' | 'throttle'
        readonly percent: number | null
        readonly until: string | null
      } | null
      readonly calls: readonly {
        readonly call: string
        readonly organization: string
        readonly by: string
        readonly at: string
      }[]
      readonly body: unknown
    }
  }
  /** One notice: as it came, what was read of it, the calls that match */
  'GET /admin/v1/notices/{notice}': {
    readonly params: {
      readonly notice: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly party: string
      readonly external: string
      readonly form: 'openai-event' | 'openai-safety-case' | 'azure-abuse-penalty' | 'weir-case' | 'letter'
      readonly organization: string
      readonly at: string
      readonly action: string | null
      readonly says: string | null
      readonly until: string | null
      readonly case: string | null
      readonly trouble: string | null
      readonly matched: {
        readonly calls: number
        readonly scanned: number
        /** Receipts whose salt was erased: identifiers cannot be compared with them. */
        readonly closed: number
        readonly through_account: number | null
      } | null
      /** What follows at our account by itself while it is in force: a blocked one leaves rotation, a throttled one keeps that percentage of the calls that another place may serve. Until null: while the account is read and says so. */
      readonly imposed: {
        readonly account: string
        readonly action: 'block' | 'throttle'
        readonly percent: number | null
        readonly until: string | null
      } | null
      readonly calls: readonly {
        readonly call: string
        readonly organization: string
        readonly by: string
        readonly at: string
      }[]
      readonly body: unknown
    }
  }
  /** Make the answer: signed, opens what is named, proves the rest */
  'POST /admin/v1/notices/{notice}/response': {
    readonly params: {
      readonly notice: string
    }
    readonly query: {}
    readonly body: {
      /** Our answer; the supplier reads it. */
      readonly says: string
      /** Calls whose records are opened; all others stay closed and are proven in sum. */
      readonly calls?: readonly string[] | undefined
      /** Calls of those whose content goes along: each needs an allowance of yours that another person gave (weir content). */
      readonly content?: readonly string[] | undefined
      readonly from: string
      readonly to: string
      readonly organization?: string | undefined
    }
    readonly answer: {
      readonly sha256: string
      /** Of the envelope, then of the receipts log: both verify it, one a line. */
      readonly keys: readonly string[]
      readonly envelope: unknown
    }
  }
  /** Organizations */
  'GET /admin/v1/organizations': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly name: string
        /** `file` where a weir.yaml declares it; then it is changed there. */
        readonly managed_by: string | null
        readonly created_at: string
        readonly spec: {
          readonly displayName?: string | undefined
          readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
          readonly models?: readonly string[] | undefined
          readonly limits?: {
            readonly requestsPerMinute?: number | undefined
            readonly tokensPerMinute?: number | undefined
            readonly concurrency?: number | undefined
          } | undefined
          readonly budget?: {
            readonly amount: string
            readonly currency: string
            readonly period: 'day' | 'month' | 'total'
            readonly timeZone: string
            readonly thresholds: readonly string[]
          } | undefined
          readonly budgets?: readonly {
            readonly amount: string
            readonly currency: string
            readonly period: 'day' | 'month' | 'total'
            readonly timeZone: string
            readonly thresholds: readonly string[]
          }[] | undefined
        }
      }[]
    }
  }
  /** One organization */
  'GET /admin/v1/organizations/{organization}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly organization: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly name: string
      /** `file` where a weir.yaml declares it; then it is changed there. */
      readonly managed_by: string | null
      readonly created_at: string
      readonly spec: {
        readonly displayName?: string | undefined
        readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
        readonly models?: readonly string[] | undefined
        readonly limits?: {
          readonly requestsPerMinute?: number | undefined
          readonly tokensPerMinute?: number | undefined
          readonly concurrency?: number | undefined
        } | undefined
        readonly budget?: {
          readonly amount: string
          readonly currency: string
          readonly period: 'day' | 'month' | 'total'
          readonly timeZone: string
          readonly thresholds: readonly string[]
        } | undefined
        readonly budgets?: readonly {
          readonly amount: string
          readonly currency: string
          readonly period: 'day' | 'month' | 'total'
          readonly timeZone: string
          readonly thresholds: readonly string[]
        }[] | undefined
      }
    }
  }
  /** Create or replace an organization */
  'PUT /admin/v1/organizations/{organization}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly organization: string
    }
    readonly query: {}
    readonly body: {
      readonly displayName?: string | undefined
      readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
      readonly models?: readonly string[] | undefined
      readonly limits?: {
        readonly requestsPerMinute?: number | undefined
        readonly tokensPerMinute?: number | undefined
        readonly concurrency?: number | undefined
      } | undefined
      readonly budget?: {
        readonly amount: string
        readonly currency?: string | undefined
        readonly period?: 'day' | 'month' | 'total' | undefined
        readonly timeZone?: string | undefined
        readonly thresholds?: readonly string[] | undefined
      } | undefined
      readonly budgets?: readonly {
        readonly amount: string
        readonly currency?: string | undefined
        readonly period?: 'day' | 'month' | 'total' | undefined
        readonly timeZone?: string | undefined
        readonly thresholds?: readonly string[] | undefined
      }[] | undefined
    }
    readonly answer: {
      /** The snapshot version that holds the change. */
      readonly version: number
    }
  }
  /** Remove an organization without projects */
  'DELETE /admin/v1/organizations/{organization}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly organization: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** The snapshot version that holds the change. */
      readonly version: number
    }
  }
  /** What restricts an organization's calls, as Azure states it for an account */
  'GET /admin/v1/organizations/{organization}/abuse-penalty': {
    readonly params: {
      readonly organization: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly name: string
      readonly properties: {
        readonly abusePenalty: {
          readonly action: 'Throttle' | 'Block'
          readonly rateLimitPercentage?: number | undefined
          readonly expiration?: string | undefined
        } | null
      }
    }
  }
  /** What was promised of data retention, as Bedrock states it: project, then account, then the model's default */
  'GET /admin/v1/organizations/{organization}/data-retention': {
    readonly params: {
      readonly organization: string
    }
    readonly query: {
      readonly project?: string | undefined
      readonly region?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly mode: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'
    }
  }
  /** One project */
  'GET /admin/v1/organizations/{organization}/projects/{project}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly organization: string
      /** A name; write ~ for each slash in it. */
      readonly project: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly organization: string
      readonly name: string
      /** `file` where a weir.yaml declares it; then it is changed there. */
      readonly managed_by: string | null
      readonly created_at: string
      readonly spec: {
        readonly models?: readonly string[] | undefined
        readonly limits?: {
          readonly requestsPerMinute?: number | undefined
          readonly tokensPerMinute?: number | undefined
          readonly concurrency?: number | undefined
        } | undefined
        readonly capture: 'none' | 'metadata' | 'content'
        readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
        readonly costCentre?: string | undefined
        readonly owner?: string | undefined
        readonly spendAlert?: {
          readonly factor: string
          readonly floor: string
          readonly capAfter?: string | undefined
        } | undefined
        readonly budget?: {
          readonly amount: string
          readonly currency: string
          readonly period: 'day' | 'month' | 'total'
          readonly timeZone: string
          readonly thresholds: readonly string[]
        } | undefined
        readonly budgets?: readonly {
          readonly amount: string
          readonly currency: string
          readonly period: 'day' | 'month' | 'total'
          readonly timeZone: string
          readonly thresholds: readonly string[]
        }[] | undefined
      }
    }
  }
  /** Create or replace a project */
  'PUT /admin/v1/organizations/{organization}/projects/{project}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly organization: string
      /** A name; write ~ for each slash in it. */
      readonly project: string
    }
    readonly query: {}
    readonly body: {
      readonly models?: readonly string[] | undefined
      readonly limits?: {
        readonly requestsPerMinute?: number | undefined
        readonly tokensPerMinute?: number | undefined
        readonly concurrency?: number | undefined
      } | undefined
      readonly capture?: 'none' | 'metadata' | 'content' | undefined
      readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
      readonly costCentre?: string | undefined
      readonly owner?: string | undefined
      readonly spendAlert?: {
        readonly factor?: string | undefined
        readonly floor?: string | undefined
        readonly capAfter?: string | undefined
      } | undefined
      readonly budget?: {
        readonly amount: string
        readonly currency?: string | undefined
        readonly period?: 'day' | 'month' | 'total' | undefined
        readonly timeZone?: string | undefined
        readonly thresholds?: readonly string[] | undefined
      } | undefined
      readonly budgets?: readonly {
        readonly amount: string
        readonly currency?: string | undefined
        readonly period?: 'day' | 'month' | 'total' | undefined
        readonly timeZone?: string | undefined
        readonly thresholds?: readonly string[] | undefined
      }[] | undefined
    }
    readonly answer: {
      /** The snapshot version that holds the change. */
      readonly version: number
    }
  }
  /** Remove a project without valid keys */
  'DELETE /admin/v1/organizations/{organization}/projects/{project}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly organization: string
      /** A name; write ~ for each slash in it. */
      readonly project: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** The snapshot version that holds the change. */
      readonly version: number
    }
  }
  /** Concentration, run-rate, what-if, guidance, reservation, make or buy, mix, calendar */
  'GET /admin/v1/outlook': {
    readonly params: {}
    readonly query: {
      /** The last month with usage by default. */
      readonly month?: string | undefined
      /** Invoices where they are complete, by default; the two are never mixed. */
      readonly base?: 'invoiced' | 'usage' | undefined
      readonly currency?: string | undefined
      /** customer=leaves|halves|doubles|ramp:6 */
      readonly what_if?: string | undefined
      /** Advice on this model; the five dearest by default. */
      readonly model?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly status: 'known' | 'missing'
      readonly missing?: readonly string[] | undefined
      /** Figures with value, unit, base, interval, inputs (row ids and dates) and what they were checked against. */
      readonly outlook?: {
        readonly made: string
        readonly month: string
        readonly currency: string
        readonly base: string
        readonly concentration: {
          readonly status: 'known'
          readonly figures: readonly {
            readonly name: string
            readonly value: string
            readonly unit: string
            /** Figures of different bases are never compared. */
            readonly base: string
            readonly interval: {
              readonly low: string
              readonly high: string
              /** `exact…`, or what the two ends mean and how they were reached. */
              readonly meaning: string
            }
            readonly inputs: readonly {
              readonly kind: string
              /** Row id, or the key of the rows. */
              readonly id: string
              readonly date: string
              readonly says?: string | undefined
            }[]
            readonly checked: string
          }[]
          readonly customers: readonly {
            readonly customer: string
            readonly amount: string
            readonly share: string
            readonly points: string
            readonly large: boolean
            readonly inputs: readonly {
              readonly kind: string
              /** Row id, or the key of the rows. */
              readonly id: string
              readonly date: string
              readonly says?: string | undefined
            }[]
          }[]
          readonly flags: readonly string[]
        } | {
          readonly status: 'missing'
          /** What is not there, and how to put it there. */
          readonly missing: readonly string[]
        }
        readonly runRate: {
          readonly status: 'known'
          readonly figures: readonly {
            readonly name: string
            readonly value: string
            readonly unit: string
            /** Figures of different bases are never compared. */
            readonly base: string
            readonly interval: {
              readonly low: string
              readonly high: string
              /** `exact…`, or what the two ends mean and how they were reached. */
              readonly meaning: string
            }
            readonly inputs: readonly {
              readonly kind: string
              /** Row id, or the key of the rows. */
              readonly id: string
              readonly date: string
              readonly says?: string | undefined
            }[]
            readonly checked: string
          }[]
        } | {
          readonly status: 'missing'
          /** What is not there, and how to put it there. */
          readonly missing: readonly string[]
        }
        readonly retention: {
          readonly status: 'known'
          readonly figures: readonly {
            readonly name: string
            readonly value: string
            readonly unit: string
            /** Figures of different bases are never compared. */
            readonly base: string
            readonly interval: {
              readonly low: string
              readonly high: string
              /** `exact…`, or what the two ends mean and how they were reached. */
              readonly meaning: string
            }
            readonly inputs: readonly {
              readonly kind: string
              /** Row id, or the key of the rows. */
              readonly id: string
              readonly date: string
              readonly says?: string | undefined
            }[]
            readonly checked: string
          }[]
        } | {
          readonly status: 'missing'
          /** What is not there, and how to put it there. */
          readonly missing: readonly string[]
        }
        readonly whatIf?: {
          readonly status: 'known'
          readonly scenario: string
          readonly figures: readonly {
            readonly name: string
            readonly value: string
            readonly unit: string
            /** Figures of different bases are never compared. */
            readonly base: string
            readonly interval: {
              readonly low: string
              readonly high: string
              /** `exact…`, or what the two ends mean and how they were reached. */
              readonly meaning: string
            }
            readonly inputs: readonly {
              readonly kind: string
              /** Row id, or the key of the rows. */
              readonly id: string
              readonly date: string
              readonly says?: string | undefined
            }[]
            readonly checked: string
          }[]
          readonly before: {
            readonly month: number
            readonly revenue: string
            readonly payable: Readonly<Record<string, string>>
            readonly shortfall: Readonly<Record<string, string>>
            readonly idle: Readonly<Record<string, string>>
            readonly margin: string
          }
          readonly months: readonly {
            readonly month: number
            readonly revenue: string
            readonly payable: Readonly<Record<string, string>>
            readonly shortfall: Readonly<Record<string, string>>
            readonly idle: Readonly<Record<string, string>>
            readonly margin: string
          }[]
          readonly assumes: readonly string[]
          readonly inputs: readonly {
            readonly kind: string
            /** Row id, or the key of the rows. */
            readonly id: string
            readonly date: string
            readonly says?: string | undefined
          }[]
        } | {
          readonly status: 'missing'
          /** What is not there, and how to put it there. */
          readonly missing: readonly string[]
        } | undefined
        readonly earlySigns: {
          readonly signs: readonly {
            readonly customer: string
            readonly sign: 'falling share of calls' | 'growing share on own deployments' | 'pilot ended' | 'project fell silent' | 'contract ends'
            readonly says: string
            readonly about?: string | undefined
            readonly points?: {
              readonly estimate: number
              readonly low: number
              readonly high: number
            } | undefined
            readonly inputs: readonly {
              readonly kind: string
              /** Row id, or the key of the rows. */
              readonly id: string
              readonly date: string
              readonly says?: string | undefined
            }[]
          }[]
          readonly missing: readonly string[]
          readonly windows: {
            readonly earlier: {
              readonly from: string
              readonly until: string
            }
            readonly later: {
              readonly from: string
              readonly until: string
            }
          }
        }
        readonly guidance: readonly {
          readonly id: string
          readonly guidance: {
            readonly quarter: string
            readonly ends?: string | undefined
            readonly base: string
            readonly metric: string
            readonly unit: string
            readonly low: string
            readonly high: string
            readonly owner: string
            readonly given: string
            readonly assumptions: readonly string[]
            readonly source: string
          }
          readonly actual?: {
            readonly id: string
            readonly actual: {
              readonly quarter: string
              readonly ends?: string | undefined
              readonly base: string
              readonly metric: string
              readonly unit: string
              readonly value: string
              readonly known: string
              readonly source: string
            }
            readonly compared: {
              readonly status: 'compared'
              readonly verdict: 'below range' | 'within range' | 'above range'
              readonly distance: string
              /** Whether the actual was known after its quarter was over. */
              readonly finality: {
                readonly status: 'final'
              } | {
                readonly status: 'preliminary' | 'unknown'
                readonly says: string
              }
            } | {
              readonly status: 'not-comparable'
              readonly says: string
            }
          } | undefined
          /** Before the actual is known for good: how likely it falls below, inside or above. */
          readonly odds?: {
            readonly status: 'known'
            readonly figures: readonly {
              readonly name: string
              readonly value: string
              readonly unit: string
              /** Figures of different bases are never compared. */
              readonly base: string
              readonly interval: {
                readonly low: string
                readonly high: string
                /** `exact…`, or what the two ends mean and how they were reached. */
                readonly meaning: string
              }
              readonly inputs: readonly {
                readonly kind: string
                /** Row id, or the key of the rows. */
                readonly id: string
                readonly date: string
                readonly says?: string | undefined
              }[]
              readonly checked: string
            }[]
          } | {
            readonly status: 'missing'
            /** What is not there, and how to put it there. */
            readonly missing: readonly string[]
          } | undefined
        }[]
        readonly reservations: readonly ({
          readonly status: 'known'
          readonly model: string
          readonly advice: readonly {
            readonly model: string
            readonly term: 'month' | 'year'
            readonly figures: readonly {
              readonly name: string
              readonly value: string
              readonly unit: string
              /** Figures of different bases are never compared. */
              readonly base: string
              readonly interval: {
                readonly low: string
                readonly high: string
                /** `exact…`, or what the two ends mean and how they were reached. */
                readonly meaning: string
              }
              readonly inputs: readonly {
                readonly kind: string
                /** Row id, or the key of the rows. */
                readonly id: string
                readonly date: string
                readonly says?: string | undefined
              }[]
              readonly checked: string
            }[]
            readonly says: string
          }[]
        } | {
          readonly status: 'missing'
          /** What is not there, and how to put it there. */
          readonly missing: readonly string[]
          readonly model: string
        })[]
        readonly makeOrBuy: readonly ({
          readonly status: 'known'
          readonly model: string
          readonly advice: {
            readonly model: string
            readonly figures: readonly {
              readonly name: string
              readonly value: string
              readonly unit: string
              /** Figures of different bases are never compared. */
              readonly base: string
              readonly interval: {
                readonly low: string
                readonly high: string
                /** `exact…`, or what the two ends mean and how they were reached. */
                readonly meaning: string
              }
              readonly inputs: readonly {
                readonly kind: string
                /** Row id, or the key of the rows. */
                readonly id: string
                readonly date: string
                readonly says?: string | undefined
              }[]
              readonly checked: string
            }[]
            readonly inputs: readonly {
              readonly name: string
              readonly low: string
              readonly high: string
              readonly unit: string
              readonly source: {
                readonly kind: string
                /** Row id, or the key of the rows. */
                readonly id: string
                readonly date: string
                readonly says?: string | undefined
              }
            }[]
            readonly decides: readonly string[]
            readonly verdict: 'above' | 'inside' | 'below'
            readonly says: string
          }
        } | {
          readonly status: 'missing'
          /** What is not there, and how to put it there. */
          readonly missing: readonly string[]
          readonly model: string
        })[]
        readonly mix: {
          readonly base: string
          readonly inputs: readonly {
            readonly kind: string
            /** Row id, or the key of the rows. */
            readonly id: string
            readonly date: string
            readonly says?: string | undefined
          }[]
          readonly months: readonly {
            readonly period: string
            readonly tokens: string
            readonly shares: readonly {
              readonly capacity: string
              readonly tokens: string
              readonly amount: string
              readonly share?: string | undefined
            }[]
          }[]
        }
        readonly calendar: readonly {
          readonly day: string
          readonly days: number
          readonly what: 'contract' | 'commitment' | 'credit' | 'reserved units' | 'model retirement'
          readonly name: string
          readonly party?: string | undefined
          readonly says: string
          readonly amount?: string | undefined
          readonly replacement?: string | undefined
          readonly keys: readonly {
            readonly key: string
            readonly project: string
            readonly calls: number
          }[]
          readonly input: {
            readonly kind: string
            /** Row id, or the key of the rows. */
            readonly id: string
            readonly date: string
            readonly says?: string | undefined
          }
        }[]
        readonly leftOut: readonly string[]
      } | undefined
    }
  }
  /** Guidance, actuals, assumptions or retirements as recorded */
  'GET /admin/v1/outlook/records/{kind}': {
    readonly params: {
      readonly kind: 'guidance' | 'actual' | 'assumption' | 'retirement'
    }
    readonly query: {
      /** Also those that a later one stands in for, and those that do not stand yet. */
      readonly all?: 'true' | 'false' | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly kind: string
        readonly recorded_at: string
        readonly recorded_by: string
        readonly body: unknown
      }[]
    }
  }
  /** Record one; it never changes, a later one stands in for it */
  'POST /admin/v1/outlook/records/{kind}': {
    readonly params: {
      readonly kind: 'guidance' | 'actual' | 'assumption' | 'retirement'
    }
    readonly query: {}
    readonly body: unknown
    readonly answer: {
      readonly id: string
      /** What is doubtful about it. */
      readonly note?: string | undefined
    }
  }
  /** Who stands on bills; `self` is who issues */
  'GET /admin/v1/parties': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly body: {
          readonly name: string
          readonly country?: string | undefined
        }
      }[]
    }
  }
  /** Save a party; `self` is who issues */
  'PUT /admin/v1/parties/{id}': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: unknown
    readonly answer: {
      readonly id: string
    }
  }
  /** Record a payment and match it */
  'POST /admin/v1/payments': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly id: string
      readonly organization: string
      readonly currency: string
      readonly amount: string
      readonly reference: string
      readonly received_on: string
    }
    readonly answer: {
      readonly matches: readonly {
        readonly invoice: string
        readonly number: string
        readonly amount: string
      }[]
      readonly unapplied: string
      readonly known: boolean
      /** Invoices that the reference names, in another currency: nothing is matched with them. */
      readonly in_other_currency: readonly {
        readonly number: string
        readonly currency: string
      }[]
    }
  }
  /** Payments with the invoices they were matched to, the latest first */
  'GET /admin/v1/payments': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly organization: string
        readonly currency: string
        readonly amount: string
        /** Matched with no invoice yet, and not paid back. */
        readonly unapplied: string
        readonly received_on: string
        readonly reference: string
        readonly matches: readonly {
          readonly number: string
          readonly amount: string
        }[]
        /** What of it went back to the payer. */
        readonly back: readonly {
          readonly id: string
          readonly kind: 'refund' | 'return'
          readonly amount: string
          readonly left_on: string
          readonly reference: string
        }[]
      }[]
    }
  }
  /** Match what payments have left over with invoices issued since */
  'POST /admin/v1/payments/match': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly organization?: string | undefined
      /** Its id; left out: all of them. */
      readonly payment?: string | undefined
      /** Number of an invoice; left out: those that the reference names, then the oldest due. */
      readonly invoice?: string | undefined
    }
    readonly answer: {
      readonly matched: readonly {
        readonly payment: string
        readonly invoice: string
        readonly number: string
        readonly amount: string
      }[]
      readonly left: readonly {
        readonly payment: string
        readonly organization: string
        readonly currency: string
        readonly amount: string
      }[]
    }
  }
  /** Record that what a payment left over was paid back, whole or in part */
  'POST /admin/v1/payments/{id}/refunds': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      /** The bank’s reference of the movement: the same again is the same money. */
      readonly id: string
      readonly left_on: string
      readonly reference: string
      readonly amount: string
    }
    readonly answer: {
      /** It was recorded before. */
      readonly known: boolean
      /** What the payment has left over now. */
      readonly unapplied: string
      readonly currency: string
      /** Invoices that are open again by what the payment had paid of them. */
      readonly reopened: readonly {
        readonly number: string
        readonly amount: string
      }[]
    }
  }
  /** Record that the payer’s bank took a whole payment back: what it had paid is open again */
  'POST /admin/v1/payments/{id}/return': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      /** The bank’s reference of the movement: the same again is the same money. */
      readonly id: string
      readonly left_on: string
      readonly reference: string
    }
    readonly answer: {
      /** It was recorded before. */
      readonly known: boolean
      /** What the payment has left over now. */
      readonly unapplied: string
      readonly currency: string
      /** Invoices that are open again by what the payment had paid of them. */
      readonly reopened: readonly {
        readonly number: string
        readonly amount: string
      }[]
    }
  }
  /** Names of users, for what stands beside acts */
  'GET /admin/v1/people': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly name: string
      }[]
    }
  }
  /** Prepaid credit was paid for; once an organization and grant */
  'POST /admin/v1/prepayments': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly organization: string
      /** Id of the credit in the contract. */
      readonly grant: string
      readonly currency: string
      readonly amount: string
    }
    readonly answer: {
      readonly grant: string
    }
  }
  /** What prices recorded late would change in the books; changes nothing */
  'GET /admin/v1/price-corrections': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly organization: string
        readonly supplier: string
        readonly model: string
        readonly meter: string
        readonly currency: string
        readonly from_price: string
        readonly to_price: string
        readonly quantity: string
        readonly amount: string
        readonly transactions: number
      }[]
    }
  }
  /** Book again what was booked at prices that were corrected */
  'POST /admin/v1/price-corrections': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly transactions: number
      readonly budgets_changed: number
      /** Budget periods that are over, and stay as they were charged. */
      readonly budgets_closed: number
    }
  }
  /** Prices in force */
  'GET /admin/v1/prices': {
    readonly params: {}
    readonly query: {
      readonly model?: string | undefined
      readonly list?: string | undefined
      /** In force then; now by default. */
      readonly at?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly list: string
        readonly model: string
        readonly meter: string
        readonly tier: string
        readonly region_class: string
        /** Applies to prompts of more than this many tokens; 0: to all. */
        readonly above_input: number
        readonly currency: string
        readonly unit_price: string
        readonly per_million: string
        readonly effective_from: string
        readonly recorded_at: string
        readonly source: string
      }[]
    }
  }
  /** Record prices; a correction is a new row with its own date */
  'POST /admin/v1/prices': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly prices: readonly {
        readonly list: string
        readonly model: string
        readonly meter: string
        readonly perMillion?: string | undefined
        readonly perUnit?: string | undefined
        readonly tier?: string | undefined
        readonly regionClass?: 'any' | 'global' | 'data-zone' | 'regional' | undefined
        readonly aboveInput?: number | undefined
        readonly currency?: string | undefined
        readonly effectiveFrom: string
        readonly source: string
      }[]
    }
    readonly answer: {
      readonly version: number
    }
  }
  /** All rows ever recorded */
  'GET /admin/v1/prices/history': {
    readonly params: {}
    readonly query: {
      readonly model?: string | undefined
      readonly list?: string | undefined
      /** In force then; now by default. */
      readonly at?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly list: string
        readonly model: string
        readonly meter: string
        readonly tier: string
        readonly region_class: string
        /** Applies to prompts of more than this many tokens; 0: to all. */
        readonly above_input: number
        readonly currency: string
        readonly unit_price: string
        readonly per_million: string
        readonly effective_from: string
        readonly recorded_at: string
        readonly source: string
      }[]
    }
  }
  /** Projects */
  'GET /admin/v1/projects': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly organization: string
        readonly name: string
        /** `file` where a weir.yaml declares it; then it is changed there. */
        readonly managed_by: string | null
        readonly created_at: string
        readonly spec: {
          readonly models?: readonly string[] | undefined
          readonly limits?: {
            readonly requestsPerMinute?: number | undefined
            readonly tokensPerMinute?: number | undefined
            readonly concurrency?: number | undefined
          } | undefined
          readonly capture: 'none' | 'metadata' | 'content'
          readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
          readonly costCentre?: string | undefined
          readonly owner?: string | undefined
          readonly spendAlert?: {
            readonly factor: string
            readonly floor: string
            readonly capAfter?: string | undefined
          } | undefined
          readonly budget?: {
            readonly amount: string
            readonly currency: string
            readonly period: 'day' | 'month' | 'total'
            readonly timeZone: string
            readonly thresholds: readonly string[]
          } | undefined
          readonly budgets?: readonly {
            readonly amount: string
            readonly currency: string
            readonly period: 'day' | 'month' | 'total'
            readonly timeZone: string
            readonly thresholds: readonly string[]
          }[] | undefined
        }
      }[]
    }
  }
  /** What `type` of a provider may name */
  'GET /admin/v1/provider-types': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly type: string
        readonly dialects: readonly string[]
        readonly base_url: string | null
        readonly prices: string
      }[]
    }
  }
  /** Providers, their secrets hidden */
  'GET /admin/v1/providers': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly name: string
        readonly managed_by: string | null
        readonly created_at: string
        readonly spec: {
          readonly type: string
          readonly baseUrl?: string | undefined
          readonly apiKey?: string | undefined
          readonly entra?: {
            readonly tenantId: string
            readonly clientId: string
            readonly clientSecret: string
            readonly authority?: string | undefined
            readonly scope?: string | undefined
          } | undefined
          readonly apiVersion?: string | undefined
          readonly prices?: string | undefined
          readonly account?: string | undefined
          readonly maker?: string | undefined
          readonly channel?: string | undefined
          readonly supplier?: string | undefined
          readonly asset?: string | undefined
          readonly region?: string | undefined
          readonly regionClass?: 'global' | 'data-zone' | 'regional' | undefined
          readonly headers?: Readonly<Record<string, string>> | undefined
          readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
          readonly quirks?: Readonly<Record<string, boolean>> | undefined
          readonly dialects?: readonly string[] | undefined
          readonly options?: Readonly<Record<string, unknown>> | undefined
        }
      }[]
    }
  }
  /** Create or replace a provider */
  'PUT /admin/v1/providers/{name}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly name: string
    }
    readonly query: {}
    readonly body: {
      readonly type: string
      readonly baseUrl?: string | undefined
      readonly apiKey?: string | undefined
      readonly entra?: {
        readonly tenantId: string
        readonly clientId: string
        readonly clientSecret: string
        readonly authority?: string | undefined
        readonly scope?: string | undefined
      } | undefined
      readonly apiVersion?: string | undefined
      readonly prices?: string | undefined
      readonly account?: string | undefined
      readonly maker?: string | undefined
      readonly channel?: string | undefined
      readonly supplier?: string | undefined
      readonly asset?: string | undefined
      readonly region?: string | undefined
      readonly regionClass?: 'global' | 'data-zone' | 'regional' | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly dataRetention?: 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit' | Readonly<Record<string, 'none' | 'default' | 'aws_review' | 'provider_data_share' | 'inherit'>> | undefined
      readonly quirks?: Readonly<Record<string, boolean>> | undefined
      readonly dialects?: readonly string[] | undefined
      readonly options?: Readonly<Record<string, unknown>> | undefined
    }
    readonly answer: {
      readonly version: number
    }
  }
  /** Remove a provider that no model uses */
  'DELETE /admin/v1/providers/{name}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly name: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly version: number
    }
  }
  /** Publish a model or dataset; every duty of every ancestor is asked for */
  'POST /admin/v1/publications': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly id: string
      readonly organization: string
      readonly name?: string | undefined
      readonly distribution: 'internal' | 'external'
      /** Duties, or parts of them, with where the evidence is. */
      readonly fulfilled?: Readonly<Record<string, string>> | undefined
    }
    readonly answer: {
      readonly status: 'recorded' | 'refused'
      readonly outcome: string
      readonly says: readonly string[]
      readonly clauses: readonly string[]
      readonly approval: string | null
      readonly flags: readonly string[]
      readonly licences: readonly string[]
      readonly duties: readonly {
        readonly clause: string
        readonly obligation: string
        readonly met: boolean
      }[]
    }
  }
  /** Records that could not be posted, and why */
  'GET /admin/v1/quarantine': {
    readonly params: {}
    readonly query: {
      readonly reason?: string | undefined
      readonly limit?: number | undefined
      readonly after?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly at: string
        readonly journal: string
        readonly sequence: number
        readonly reason: string
        readonly detail: string
        readonly record: unknown
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** Post what its mended cause lets through */
  'POST /admin/v1/quarantine/redrive': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      /** One item; all by default. */
      readonly id?: string | undefined
    }
    readonly answer: {
      readonly resolved: number
      readonly remaining: number
    }
  }
  /** Decide that a record needs no posting */
  'POST /admin/v1/quarantine/{id}/dismiss': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly reason: string
    }
    readonly answer: {
      readonly dismissed: boolean
    }
  }
  /** What the contract in force now would change in a month that is billed; changes nothing */
  'GET /admin/v1/re-ratings/{organization}/{month}': {
    readonly params: {
      readonly organization: string
      readonly month: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly organization: string
      readonly month: string
      readonly currency: string
      /** What it was billed under. */
      readonly from: {
        readonly contract: string
        readonly version: number
      }
      /** What is in force now. */
      readonly to: {
        readonly contract: string
        readonly version: number
      }
      readonly lines: readonly {
        readonly rule: string
        readonly project: string | null
        readonly model: string | null
        readonly meter: string | null
        readonly quantity: string
        readonly unit_price: string
        readonly payable: string
      }[]
      /** More is owed where above zero, less where below. */
      readonly total: string
      /** Names exactly this difference: give it back to apply it. */
      readonly token: string
    }
  }
  /** Book exactly what a preview showed: a further invoice, or credit notes against the invoices that billed it */
  'POST /admin/v1/re-ratings/{organization}/{month}': {
    readonly params: {
      readonly organization: string
      readonly month: string
    }
    readonly query: {}
    readonly body: {
      readonly token: string
    }
    readonly answer: {
      readonly id: string
      readonly number: string
      /** Of all documents. */
      readonly total: string
      readonly status: 'invoiced' | 'credited'
      /** One further invoice, or a credit note against each invoice that had billed too much. */
      readonly documents: readonly {
        readonly id: string
        readonly number: string
        readonly total: string
        /** Of a credit note: the number of its invoice. */
        readonly against?: string | undefined
      }[]
    }
  }
  /** The receipts of a call's attempts, with the keys that verify them */
  'GET /admin/v1/receipts/{call}': {
    readonly params: {
      readonly call: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly log: string
        readonly index: string
        readonly status: 'proven' | 'pending'
        readonly leaf: string | null
        /** The .tlog-proof. */
        readonly file: string | null
      }[]
      readonly keys: readonly string[]
    }
  }
  /** Bills matched with the books, the latest first */
  'GET /admin/v1/reconciliations': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly bill: string
        readonly supplier: string
        readonly format: string
        readonly made_at: string
        /** All kinds of its variances are. */
        readonly trued_up: boolean
        readonly trued_up_kinds: readonly string[]
        readonly currency: string
        readonly from: string
        readonly until: string
        readonly billed: string
        readonly booked: string
        readonly difference: string
        readonly unexplained: string
      }[]
    }
  }
  /** One reconciliation: every variance with its kind and the calls behind it */
  'GET /admin/v1/reconciliations/{id}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly bill: string
      readonly supplier: string
      readonly format: string
      readonly made_at: string
      /** All kinds of its variances are. */
      readonly trued_up: boolean
      readonly trued_up_kinds: readonly string[]
      readonly currency: string
      readonly from: string
      readonly until: string
      readonly billed: string
      readonly booked: string
      readonly difference: string
      readonly unexplained: string
      readonly by: string
      readonly basis: string
      /** Set where the bill is in another currency than the books. */
      readonly converted: {
        readonly from: string
        readonly billed: string
      } | null
      readonly contract_discount: string
      readonly groups: number
      readonly agreeing: number
      readonly by_kind: Readonly<Record<string, string>>
      readonly variances: readonly {
        readonly kind: string
        readonly day: string
        readonly model?: string | undefined
        readonly deployment?: string | undefined
        readonly meter?: string | undefined
        readonly amount: string
        readonly billedQuantity?: string | undefined
        readonly bookedQuantity?: string | undefined
        readonly why: string
        /** What to know before it is trued up. */
        readonly note?: string | undefined
        /** `call/attempt`, at most 20. */
        readonly calls: readonly string[]
        /** How many there are; reports of older versions do not say. */
        readonly callsInAll?: number | undefined
      }[]
      readonly disputes: readonly {
        readonly id: string
        readonly reconciliation: string
        readonly supplier: string
        readonly state: string
        readonly currency: string
        readonly amount: string
        readonly reason: string
        readonly history: readonly {
          readonly at: string
          readonly state: string
          readonly note: string
        }[]
      }[]
    }
  }
  /** Dispute variances with the supplier */
  'POST /admin/v1/reconciliations/{id}/disputes': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly kinds: readonly ('duplicate' | 'outside-gateway' | 'cancelled' | 'estimated' | 'cached-class' | 'price' | 'rounding' | 'timing' | 'unexplained' | 'tax' | 'purchase' | 'fee' | 'credit' | 'adjustment' | 'other-service')[]
      readonly reason: string
    }
    readonly answer: unknown
  }
  /** Book what the supplier is right about */
  'POST /admin/v1/reconciliations/{id}/true-up': {
    readonly params: {
      readonly id: string
    }
    readonly query: {}
    readonly body: {
      readonly kinds: readonly ('duplicate' | 'outside-gateway' | 'cancelled' | 'estimated' | 'cached-class' | 'price' | 'rounding' | 'timing' | 'unexplained' | 'tax' | 'purchase' | 'fee' | 'credit' | 'adjustment' | 'other-service')[]
    }
    readonly answer: unknown
  }
  /** Complaints of makers as the maker may see them: no customers, no prompts */
  'GET /admin/v1/referrals': {
    readonly params: {}
    readonly query: {
      readonly maker?: string | undefined
      /** The one that is this case. */
      readonly case?: string | undefined
      readonly after?: string | undefined
      readonly limit?: number | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly case: string
        readonly referral: string | null
        readonly maker: string
        readonly state: 'signal' | 'triage' | 'dismissed' | 'open' | 'noticed' | 'answered' | 'silent' | 'investigating' | 'decided' | 'appealed' | 'upheld' | 'varied' | 'reversed' | 'closed'
        readonly since: string
        readonly clause: string
        readonly says: string
        readonly finding: string | null
        readonly due: {
          readonly what: string
          readonly at: string
        } | null
        readonly restrictions: readonly {
          readonly kind: string
          readonly status: string
          readonly ends: string | null
        }[]
        readonly steps: readonly {
          readonly at: string
          readonly what: string
        }[]
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** Complain: the channel finds the calls, opens a case for each customer concerned, and decides */
  'POST /admin/v1/referrals': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly maker: string
      /** Your own name of this complaint: sent again under it, also as Idempotency-Key, it opens nothing new. */
      readonly reference?: string | undefined
      readonly clause: string
      /** The complaint: channel and customer read it. */
      readonly says: string
      /** Safety identifiers that the maker received. */
      readonly identifiers?: readonly string[] | undefined
      /** The maker's own request ids. */
      readonly request_ids?: readonly string[] | undefined
      readonly from?: string | undefined
      readonly to?: string | undefined
    }
    readonly answer: {
      readonly referral: string
      readonly cases: readonly {
        readonly id: string
        readonly calls: number
      }[]
      readonly calls: number
      /** It came before: these are the cases of then, and nothing new was opened. */
      readonly known: boolean
    }
  }
  /** Remind of every overdue invoice at the level its days ask for; also done once a day */
  'POST /admin/v1/reminders': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly raised: number
    }
  }
  /** Everything that is declared, secrets hidden */
  'GET /admin/v1/resources': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly kind: 'provider' | 'model' | 'organization' | 'project' | 'key' | 'price' | 'token' | 'diversion'
        readonly name: string
        readonly managed_by: string | null
        readonly spec: unknown
      }[]
    }
  }
  /** Parties that carry a listed name: leads for a person, not refusals */
  'GET /admin/v1/screening/hits': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly list: string
        readonly reference: string
        readonly listed_name: string
        readonly party_kind: string
        readonly party: string
        readonly name: string
        /** words: the same words in another order. */
        readonly how: 'same' | 'words'
        readonly decision: 'open' | 'cleared' | 'confirmed'
        readonly says: string | null
        readonly by: string | null
        readonly at: string | null
      }[]
    }
  }
  /** Say what a hit is: another party of that name, or the listed one, which opens a case */
  'POST /admin/v1/screening/hits/{hit}': {
    readonly params: {
      readonly hit: string
    }
    readonly query: {}
    readonly body: {
      readonly decision: 'cleared' | 'confirmed'
      readonly says: string
    }
    readonly answer: {
      readonly id: string
      readonly decision: string
      readonly case: string | null
    }
  }
  /** Screening lists in use */
  'GET /admin/v1/screening/lists': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly source: string
        readonly as_of: string
        readonly entries: number
        readonly version: number
        readonly actor: string
      }[]
    }
  }
  /** Bring a list, or a new version of it */
  'POST /admin/v1/screening/lists': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly id: string
      readonly source: string
      readonly asOf: string
      readonly entries: readonly {
        readonly reference: string
        readonly name: string
        readonly aliases?: readonly string[] | undefined
        readonly countries?: readonly string[] | undefined
      }[]
    }
    readonly answer: {
      readonly id: string
      readonly version: number
      readonly hits: number
    }
  }
  /** Seal all supplier secrets under a new master key */
  'POST /admin/v1/secrets/rotate': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly key: string
      readonly resealed: number
    }
  }
  /** Errors, latency and speed of late, from the books */
  'GET /admin/v1/service': {
    readonly params: {}
    readonly query: {
      readonly minutes?: number | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly minutes: number
      /** True where there were more attempts than the latest that are looked at. */
      readonly sampled: boolean
      readonly attempts: number
      /** Refused by the supplier, failed, unreached, cut or lost. */
      readonly failed: number
      readonly p50_ms: number | null
      readonly p95_ms: number | null
      readonly p99_ms: number | null
      readonly tokens_per_second: number | null
      readonly models: readonly {
        readonly model: string
        readonly deployment: string
        readonly attempts: number
        /** Refused by the supplier, failed, unreached, cut or lost. */
        readonly failed: number
        readonly p50_ms: number | null
        readonly p95_ms: number | null
        readonly p99_ms: number | null
        readonly tokens_per_second: number | null
      }[]
      readonly outcomes: readonly {
        readonly outcome: string
        readonly status: number | null
        readonly attempts: number
      }[]
    }
  }
  /** Who asks, and what they may do */
  'GET /admin/v1/session': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** What stands beside one’s acts: a user’s id, or a token’s label. */
      readonly actor: string
      readonly name: string
      readonly person: boolean
      readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
      /** Set where this sees one organization only. */
      readonly organization: string | null
      /** Set where this sees one maker’s models only. */
      readonly maker: string | null
      /** Permissions, as each route asks for them. */
      readonly may: readonly string[]
      readonly version: string
      readonly stage: 'enrol' | 'full'
      /** A user’s session, with an account to look after. */
      readonly account: boolean
      /** For the header x-weir-csrf of whatever changes something. */
      readonly csrf: string | null
      /** No user is there yet. */
      readonly set_up: boolean
      readonly until: string | null
    }
  }
  /** Sign out */
  'DELETE /admin/v1/session': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** Where single sign-on ends too. */
      readonly continue_at: string | null
    }
  }
  /** Make the first owner, while there is no user; a second factor is set up next */
  'POST /admin/v1/set-up': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly login: string
      readonly name: string
      readonly password: string
    }
    readonly answer: {
      readonly id: string
    }
  }
  /** What the sign-in page shows */
  'GET /admin/v1/sign-in': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      /** No user is there yet: the admin token that was printed makes the first owner. */
      readonly set_up: boolean
      /** What stands on its button. */
      readonly single_sign_on: string | null
      /** Whether this address can have passkeys. */
      readonly passkeys: boolean
      /** How far this browser is. */
      readonly stage: 'factor' | 'enrol' | 'full' | null
      readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]
      readonly name: string | null
    }
  }
  /** The second factor: a code of the app, or a recovery code */
  'POST /admin/v1/sign-in/code': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly code: string
    }
    readonly answer: {
      /** second-factor: show one with the next request; set-up-factor: none is there yet, set one up under /admin/v1/account. */
      readonly status: 'signed-in' | 'second-factor' | 'set-up-factor'
      /** Second factors that this person has. */
      readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]
    }
  }
  /** Give up between password and second factor */
  'POST /admin/v1/sign-in/leave': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {}
  }
  /** Whose one-time link this is */
  'POST /admin/v1/sign-in/link': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly link: string
    }
    readonly answer: {
      readonly login: string
      readonly name: string
    }
  }
  /** Set a password by a one-time link */
  'POST /admin/v1/sign-in/link/accept': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly link: string
      readonly password: string
    }
    readonly answer: {
      /** second-factor: show one with the next request; set-up-factor: none is there yet, set one up under /admin/v1/account. */
      readonly status: 'signed-in' | 'second-factor' | 'set-up-factor'
      /** Second factors that this person has. */
      readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]
    }
  }
  /** Sign in with a passkey */
  'POST /admin/v1/sign-in/passkey': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly ticket: string
      /** The credential, as PublicKeyCredential.toJSON() gives it. */
      readonly answer: Readonly<Record<string, unknown>>
    }
    readonly answer: {
      /** second-factor: show one with the next request; set-up-factor: none is there yet, set one up under /admin/v1/account. */
      readonly status: 'signed-in' | 'second-factor' | 'set-up-factor'
      /** Second factors that this person has. */
      readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]
    }
  }
  /** Begin to sign in with a passkey */
  'POST /admin/v1/sign-in/passkey/options': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly ticket: string
      /** For PublicKeyCredential.parse…OptionsFromJSON(). */
      readonly options: unknown
    }
  }
  /** Name and password; a second factor follows */
  'POST /admin/v1/sign-in/password': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly login: string
      readonly password: string
    }
    readonly answer: {
      /** second-factor: show one with the next request; set-up-factor: none is there yet, set one up under /admin/v1/account. */
      readonly status: 'signed-in' | 'second-factor' | 'set-up-factor'
      /** Second factors that this person has. */
      readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]
    }
  }
  /** Set out for the identity provider */
  'GET /admin/v1/sign-in/sso': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: unknown
  }
  /** Come back from it */
  'GET /admin/v1/sign-in/sso/callback': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: unknown
  }
  /** A session of an admin token, for a browser */
  'POST /admin/v1/sign-in/token': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly token: string
    }
    readonly answer: {
      /** second-factor: show one with the next request; set-up-factor: none is there yet, set one up under /admin/v1/account. */
      readonly status: 'signed-in' | 'second-factor' | 'set-up-factor'
      /** Second factors that this person has. */
      readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]
    }
  }
  /** Signals with their score cards, the most urgent first */
  'GET /admin/v1/signals': {
    readonly params: {}
    readonly query: {
      readonly organization?: string | undefined
      readonly state?: 'waiting' | 'open' | 'case' | 'cleared' | undefined
      readonly limit?: number | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly subject: string
        readonly organization: string
        readonly project: string | null
        /** waiting: it would be a case, and the day's cases are full. */
        readonly state: 'waiting' | 'open' | 'case' | 'cleared'
        readonly raised: string
        readonly updated: string
        /** Tokens times severity of the clause. */
        readonly rank: number
        readonly case: string | null
        readonly cleared: {
          readonly under: string
          readonly by: string
          readonly at: string
          readonly says: string
        } | null
        readonly card: {
          readonly kind: 'key' | 'project' | 'cluster'
          readonly keys: readonly string[]
          readonly purpose: string | null
          readonly calls: number
          readonly tokens: number
          /** Standard deviations of the farthest window. */
          readonly score: number | null
          readonly threshold: number
          /** Sum of small differences; 8 raises a signal. */
          readonly accumulated: number
          readonly windows: readonly {
            readonly size: number
            /** From its own past. */
            readonly own: number | null
            /** From others under the same purpose. */
            readonly purpose: number | null
            /** The smaller of both. */
            readonly score: number | null
          }[]
          /** Prompts that it was compared with; accepted changes. */
          readonly reference: {
            readonly own: number
            readonly purpose: number
            readonly accepted: number
          }
          readonly techniques: readonly {
            readonly name: string
            readonly says: string
            readonly hits: number
            readonly of: number
            readonly low: number
            readonly high: number
            readonly hit: boolean
          }[]
          readonly rhythm: {
            readonly variation: number | null
            readonly hours: number
            readonly pinned: number
            readonly machine_like: boolean
          }
          readonly sharing: {
            readonly networks: number
            readonly switching: number
            readonly shared: boolean
          }
          readonly harvesting_settings: number
          /** What does not fit the declared purpose. */
          readonly mismatch: readonly string[]
          readonly verdict: 'quiet' | 'signal' | 'case'
          readonly says: readonly string[]
        }
        readonly error_rates: {
          readonly measured: string
          /** Ordinary windows that were flagged. */
          readonly falseAlarms: readonly {
            readonly what: string
            readonly hits: number
            readonly of: number
            readonly low: number
            /** 95 % interval. */
            readonly high: number
          }[]
          /** Windows of distillation that were flagged. */
          readonly detection: readonly {
            readonly what: string
            readonly hits: number
            readonly of: number
            readonly low: number
            /** 95 % interval. */
            readonly high: number
          }[]
        }
      }[]
      readonly threshold: number
      readonly cases_per_day: number
      /** Calls since yesterday, and what of them was looked at. */
      readonly coverage: {
        readonly calls: number
        readonly sketched: number
        /** Beyond the sample of a key and minute. */
        readonly thinned: number
        /** The queue was full. */
        readonly dropped: number
        /** No text in them. */
        readonly unread: number
      }
      readonly error_rates: {
        readonly measured: string
        /** Ordinary windows that were flagged. */
        readonly falseAlarms: readonly {
          readonly what: string
          readonly hits: number
          readonly of: number
          readonly low: number
          /** 95 % interval. */
          readonly high: number
        }[]
        /** Windows of distillation that were flagged. */
        readonly detection: readonly {
          readonly what: string
          readonly hits: number
          readonly of: number
          readonly low: number
          /** 95 % interval. */
          readonly high: number
        }[]
      }
    }
  }
  /** A signal with its score card */
  'GET /admin/v1/signals/{signal}': {
    readonly params: {
      readonly signal: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly subject: string
      readonly organization: string
      readonly project: string | null
      /** waiting: it would be a case, and the day's cases are full. */
      readonly state: 'waiting' | 'open' | 'case' | 'cleared'
      readonly raised: string
      readonly updated: string
      /** Tokens times severity of the clause. */
      readonly rank: number
      readonly case: string | null
      readonly cleared: {
        readonly under: string
        readonly by: string
        readonly at: string
        readonly says: string
      } | null
      readonly card: {
        readonly kind: 'key' | 'project' | 'cluster'
        readonly keys: readonly string[]
        readonly purpose: string | null
        readonly calls: number
        readonly tokens: number
        /** Standard deviations of the farthest window. */
        readonly score: number | null
        readonly threshold: number
        /** Sum of small differences; 8 raises a signal. */
        readonly accumulated: number
        readonly windows: readonly {
          readonly size: number
          /** From its own past. */
          readonly own: number | null
          /** From others under the same purpose. */
          readonly purpose: number | null
          /** The smaller of both. */
          readonly score: number | null
        }[]
        /** Prompts that it was compared with; accepted changes. */
        readonly reference: {
          readonly own: number
          readonly purpose: number
          readonly accepted: number
        }
        readonly techniques: readonly {
          readonly name: string
          readonly says: string
          readonly hits: number
          readonly of: number
          readonly low: number
          readonly high: number
          readonly hit: boolean
        }[]
        readonly rhythm: {
          readonly variation: number | null
          readonly hours: number
          readonly pinned: number
          readonly machine_like: boolean
        }
        readonly sharing: {
          readonly networks: number
          readonly switching: number
          readonly shared: boolean
        }
        readonly harvesting_settings: number
        /** What does not fit the declared purpose. */
        readonly mismatch: readonly string[]
        readonly verdict: 'quiet' | 'signal' | 'case'
        readonly says: readonly string[]
      }
      readonly error_rates: {
        readonly measured: string
        /** Ordinary windows that were flagged. */
        readonly falseAlarms: readonly {
          readonly what: string
          readonly hits: number
          readonly of: number
          readonly low: number
          /** 95 % interval. */
          readonly high: number
        }[]
        /** Windows of distillation that were flagged. */
        readonly detection: readonly {
          readonly what: string
          readonly hits: number
          readonly of: number
          readonly low: number
          /** 95 % interval. */
          readonly high: number
        }[]
      }
    }
  }
  /** Clear a signal under a registered use case: the same change does not signal again */
  'POST /admin/v1/signals/{signal}/clear': {
    readonly params: {
      readonly signal: string
    }
    readonly query: {}
    readonly body: {
      /** The registered use case that explains it. */
      readonly purpose: string
      readonly says?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly subject: string
      readonly organization: string
      readonly project: string | null
      /** waiting: it would be a case, and the day's cases are full. */
      readonly state: 'waiting' | 'open' | 'case' | 'cleared'
      readonly raised: string
      readonly updated: string
      /** Tokens times severity of the clause. */
      readonly rank: number
      readonly case: string | null
      readonly cleared: {
        readonly under: string
        readonly by: string
        readonly at: string
        readonly says: string
      } | null
      readonly card: {
        readonly kind: 'key' | 'project' | 'cluster'
        readonly keys: readonly string[]
        readonly purpose: string | null
        readonly calls: number
        readonly tokens: number
        /** Standard deviations of the farthest window. */
        readonly score: number | null
        readonly threshold: number
        /** Sum of small differences; 8 raises a signal. */
        readonly accumulated: number
        readonly windows: readonly {
          readonly size: number
          /** From its own past. */
          readonly own: number | null
          /** From others under the same purpose. */
          readonly purpose: number | null
          /** The smaller of both. */
          readonly score: number | null
        }[]
        /** Prompts that it was compared with; accepted changes. */
        readonly reference: {
          readonly own: number
          readonly purpose: number
          readonly accepted: number
        }
        readonly techniques: readonly {
          readonly name: string
          readonly says: string
          readonly hits: number
          readonly of: number
          readonly low: number
          readonly high: number
          readonly hit: boolean
        }[]
        readonly rhythm: {
          readonly variation: number | null
          readonly hours: number
          readonly pinned: number
          readonly machine_like: boolean
        }
        readonly sharing: {
          readonly networks: number
          readonly switching: number
          readonly shared: boolean
        }
        readonly harvesting_settings: number
        /** What does not fit the declared purpose. */
        readonly mismatch: readonly string[]
        readonly verdict: 'quiet' | 'signal' | 'case'
        readonly says: readonly string[]
      }
      readonly error_rates: {
        readonly measured: string
        /** Ordinary windows that were flagged. */
        readonly falseAlarms: readonly {
          readonly what: string
          readonly hits: number
          readonly of: number
          readonly low: number
          /** 95 % interval. */
          readonly high: number
        }[]
        /** Windows of distillation that were flagged. */
        readonly detection: readonly {
          readonly what: string
          readonly hits: number
          readonly of: number
          readonly low: number
          /** 95 % interval. */
          readonly high: number
        }[]
      }
    }
  }
  /** What a signal's prompts have in common, as hashes that another installation can look for; handing them out is logged */
  'POST /admin/v1/signals/{signal}/indicators': {
    readonly params: {
      readonly signal: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly kind: 'weir-indicators/v1'
      readonly made: string
      readonly clause?: string | undefined
      readonly says: string
      readonly prompts: number
      readonly techniques: readonly string[]
      readonly templates: readonly {
        readonly band: number
        readonly hash: string
      }[]
    }
  }
  /** The version that this node serves, and the one that is stored */
  'GET /admin/v1/snapshot': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly serving: number | null
      readonly stored: number
    }
  }
  /** Caps below budgets, put there by spend out of the ordinary */
  'GET /admin/v1/spend-caps': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly budget: string
        readonly period: string
        /** What may be posted in the period at most. */
        readonly cap: string
        readonly posted: string
        readonly reason: string
      }[]
    }
  }
  /** Lift the cap of a budget; who and why become an event */
  'POST /admin/v1/spend-caps/{budget}/lift': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly budget: string
    }
    readonly query: {}
    readonly body: {
      readonly reason: string
    }
    readonly answer: {
      readonly lifted: number
    }
  }
  /** Issue a maker’s statement of a month; asking again answers the same one */
  'POST /admin/v1/statements': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly maker: string
      readonly month: string
    }
    readonly answer: {
      readonly id: string
      readonly known: boolean
      readonly document: unknown
    }
  }
  /** Statements issued to makers, the latest first; a maker sees its own */
  'GET /admin/v1/statements': {
    readonly params: {}
    readonly query: {
      readonly maker?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly maker: string
        readonly month: string
        readonly agreement: string
        readonly currency: string
        readonly net: string
        readonly issued_at: string
      }[]
    }
  }
  /** One statement with its lines and the keys that lead to their calls; to its maker without the customers */
  'GET /admin/v1/statements/{id}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly maker: string
      readonly month: string
      readonly agreement: string
      readonly currency: string
      readonly net: string
      readonly issued_at: string
      readonly document: {
        /** As the agreement names it; left out: the party that runs this Weir. */
        readonly channel?: string | undefined
        readonly agreementVersion: number
        readonly lines: readonly {
          readonly n: number
          readonly direction: 'to-maker' | 'to-channel'
          readonly kind: string
          readonly description: string
          readonly organization?: string | undefined
          readonly model?: string | undefined
          readonly asset?: string | undefined
          readonly base: string
          readonly rate: string
          readonly exact: string
          readonly payable: string
          readonly keys: {
            readonly month: string
            readonly priceRows: readonly string[]
            readonly invoices: readonly string[]
            readonly calls: number
          }
        }[]
        readonly toMaker: string
        readonly toChannel: string
        readonly net: string
        readonly remainder: string
      }
    }
  }
  /** Make a supplier’s month payable under its contracts: units, minimum, commitment, discounts; again, what changed since */
  'POST /admin/v1/suppliers/{supplier}/months': {
    readonly params: {
      readonly supplier: string
    }
    readonly query: {}
    readonly body: {
      readonly month: string
    }
    readonly answer: {
      readonly status: 'posted' | 'no-change'
      readonly currency: string | null
      /** What payable grew by. */
      readonly amount: string
      readonly charges: readonly {
        readonly account: string
        readonly amount: string
      }[]
    }
  }
  /** Record that an agreement is active, under investigation, suspended or ended */
  'POST /admin/v1/terms/agreements/{agreement}/state': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly agreement: string
    }
    readonly query: {}
    readonly body: {
      readonly state: 'active' | 'under-investigation' | 'suspended' | 'ended'
      /** Why: whose letter, which decision. */
      readonly says: string
      /** Where it is written. */
      readonly evidence?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly version: number
      readonly state: 'active' | 'under-investigation' | 'suspended' | 'ended'
    }
  }
  /** One person's word that a question may go on: one for live calls, two for exports, trainings and publications */
  'POST /admin/v1/terms/approvals/{approval}': {
    readonly params: {
      readonly approval: string
    }
    readonly query: {}
    readonly body: {
      readonly until: string
    }
    readonly answer: {
      readonly by: readonly string[]
      readonly until: string
    }
  }
  /** All clauses in force */
  'GET /admin/v1/terms/clauses': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly version: number
        readonly source: {
          readonly maker: string
          readonly document: string
          readonly section: string
          readonly effectiveFrom?: string | undefined
          readonly effectiveTo?: string | undefined
          readonly sourceHash?: string | undefined
        }
        readonly kind: string
        readonly points: readonly string[]
        readonly on_unknown: string
        readonly says: string
        readonly remedy: string
        readonly text: string
        readonly excepts: string | null
        readonly approved_by: readonly string[]
        /** Two people approved this very text: it binds on live calls. */
        readonly signed: boolean
        /** What an approval names. */
        readonly sha256: string
      }[]
    }
  }
  /** One clause with all its versions, the seed first */
  'GET /admin/v1/terms/clauses/{clause}': {
    readonly params: {
      readonly clause: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly clause: {
        readonly id: string
        readonly version: number
        readonly source: {
          readonly maker: string
          readonly document: string
          readonly section: string
          readonly effectiveFrom?: string | undefined
          readonly effectiveTo?: string | undefined
          readonly sourceHash?: string | undefined
        }
        readonly kind: string
        readonly points: readonly string[]
        readonly on_unknown: string
        readonly says: string
        readonly remedy: string
        readonly text: string
        readonly excepts: string | null
        readonly approved_by: readonly string[]
        /** Two people approved this very text: it binds on live calls. */
        readonly signed: boolean
        /** What an approval names. */
        readonly sha256: string
      }
      readonly versions: readonly {
        readonly version: number
        readonly at: string | null
        readonly actor: string
        readonly clause: unknown
      }[]
    }
  }
  /** Save a new version; approvals of the one before do not carry over */
  'PUT /admin/v1/terms/clauses/{clause}': {
    readonly params: {
      readonly clause: string
    }
    readonly query: {}
    readonly body: {
      readonly source?: {
        readonly maker: string
        readonly document: string
        readonly section: string
        readonly effectiveFrom?: string | undefined
        readonly effectiveTo?: string | undefined
      } | undefined
      readonly kind?: 'forbid' | 'permit' | 'oblige' | undefined
      readonly points?: readonly ('contract' | 'admit' | 'route' | 'export' | 'train' | 'publish')[] | undefined
      readonly scope?: {
        readonly maker?: string | undefined
        readonly channel?: string | undefined
      } | undefined
      readonly blocks?: readonly ('contract' | 'admit' | 'route' | 'export' | 'train' | 'publish')[] | undefined
      readonly onUnknown?: 'deny' | 'ask' | 'allow' | undefined
      readonly suppose?: Readonly<Record<string, string | boolean | number | readonly string[]>> | undefined
      readonly excepts?: string | undefined
      readonly says?: string | undefined
      readonly remedy?: string | undefined
      readonly text?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly version: number
      readonly source: {
        readonly maker: string
        readonly document: string
        readonly section: string
        readonly effectiveFrom?: string | undefined
        readonly effectiveTo?: string | undefined
        readonly sourceHash?: string | undefined
      }
      readonly kind: string
      readonly points: readonly string[]
      readonly on_unknown: string
      readonly says: string
      readonly remedy: string
      readonly text: string
      readonly excepts: string | null
      readonly approved_by: readonly string[]
      /** Two people approved this very text: it binds on live calls. */
      readonly signed: boolean
      /** What an approval names. */
      readonly sha256: string
    }
  }
  /** One person's approval of this very text; two make it bind on live calls */
  'POST /admin/v1/terms/clauses/{clause}/approve': {
    readonly params: {
      readonly clause: string
    }
    readonly query: {}
    readonly body: {
      readonly sha256: string
    }
    readonly answer: {
      readonly approvals: number
      readonly signed: boolean
    }
  }
  /** Tie the clause to the text that was read, by its hash; another hash than before opens a case */
  'POST /admin/v1/terms/clauses/{clause}/attach': {
    readonly params: {
      readonly clause: string
    }
    readonly query: {}
    readonly body: {
      readonly sha256: string
      readonly file?: string | undefined
    }
    readonly answer: {
      readonly status: 'attached' | 'unchanged' | 'terms-changed'
      readonly sha256: string
      /** The case that was opened, where the terms have changed. */
      readonly case: string | null
      /** Clauses that are questions until two people approve them again. */
      readonly clauses: readonly string[]
    }
  }
  /** What recorded decisions would have been under a draft */
  'POST /admin/v1/terms/clauses/{clause}/simulate': {
    readonly params: {
      readonly clause: string
    }
    readonly query: {}
    readonly body: {
      readonly draft?: {
        readonly source?: {
          readonly maker: string
          readonly document: string
          readonly section: string
          readonly effectiveFrom?: string | undefined
          readonly effectiveTo?: string | undefined
        } | undefined
        readonly kind?: 'forbid' | 'permit' | 'oblige' | undefined
        readonly points?: readonly ('contract' | 'admit' | 'route' | 'export' | 'train' | 'publish')[] | undefined
        readonly scope?: {
          readonly maker?: string | undefined
          readonly channel?: string | undefined
        } | undefined
        readonly blocks?: readonly ('contract' | 'admit' | 'route' | 'export' | 'train' | 'publish')[] | undefined
        readonly onUnknown?: 'deny' | 'ask' | 'allow' | undefined
        readonly suppose?: Readonly<Record<string, string | boolean | number | readonly string[]>> | undefined
        readonly excepts?: string | undefined
        readonly says?: string | undefined
        readonly remedy?: string | undefined
        readonly text?: string | undefined
      } | undefined
      readonly days?: number | undefined
      /** As if two people had approved it. */
      readonly signed?: boolean | undefined
    }
    readonly answer: {
      readonly looked_at: number
      readonly policy_set: string
      readonly changed: readonly {
        readonly id: string
        readonly point: string
        readonly before: string
        readonly after: string
        readonly subject: string
        readonly organization: string | null
      }[]
    }
  }
  /** Whether an organization's receipts and the ledger say the same of a period, by attempts and tokens */
  'GET /admin/v1/terms/completeness': {
    readonly params: {}
    readonly query: {
      readonly organization: string
      readonly from: string
      readonly to: string
    }
    readonly body: undefined
    readonly answer: {
      readonly organization: string
      readonly from: string
      readonly to: string
      readonly status: 'equal' | 'different'
      readonly says: readonly string[]
      readonly receipts: {
        readonly attempts: number
        readonly input: string
        readonly output: string
      }
      readonly ledger: {
        readonly attempts: number
        readonly input: string
        readonly output: string
      }
    }
  }
  /** Recorded decisions, the latest first */
  'GET /admin/v1/terms/decisions': {
    readonly params: {}
    readonly query: {
      readonly point?: 'contract' | 'admit' | 'route' | 'export' | 'train' | 'publish' | undefined
      readonly outcome?: 'allow' | 'ask' | 'deny' | undefined
      readonly organization?: string | undefined
      readonly limit?: number | undefined
      /** `next` of the page before. */
      readonly after?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly at: string
        readonly point: 'contract' | 'admit' | 'route' | 'export' | 'train' | 'publish'
        readonly organization: string | null
        readonly subject: string
        readonly outcome: 'allow' | 'ask' | 'deny'
        readonly policy_set: string
      }[]
      /** Pass as `after` for the next page; null on the last. */
      readonly next: string | null
    }
  }
  /** A decision with its facts, the clauses as they were, and what replaying it gives */
  'GET /admin/v1/terms/decisions/{decision}': {
    readonly params: {
      readonly decision: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly at: string
      readonly point: 'contract' | 'admit' | 'route' | 'export' | 'train' | 'publish'
      readonly organization: string | null
      readonly subject: string
      readonly outcome: 'allow' | 'ask' | 'deny'
      readonly policy_set: string
      readonly decision: unknown
      /** The clauses that its reasons name, as they were. */
      readonly clauses: readonly unknown[]
      readonly replay: {
        readonly status: 'same' | 'different' | 'impossible'
        readonly says: string
      }
    }
  }
  /** Which models may serve a purpose, and what is missing for the others */
  'GET /admin/v1/terms/explain/{purpose}': {
    readonly params: {
      /** A name; write ~ for each slash in it. */
      readonly purpose: string
    }
    readonly query: {
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly purpose: unknown
      readonly data: readonly {
        readonly deployment: string
        readonly model: string
        readonly maker: string
        readonly channel: string
        readonly outcome: 'allow' | 'ask' | 'deny'
        /** What it would be with every clause signed off. */
        readonly observed: 'allow' | 'ask' | 'deny'
        readonly points: readonly {
          readonly point: string
          readonly outcome: 'allow' | 'ask' | 'deny'
          readonly reasons: readonly {
            readonly clause: string
            readonly effect: string
            readonly says: string
            readonly remedy: string
            readonly missing: readonly string[]
          }[]
        }[]
        readonly missing: readonly string[]
        readonly remedies: readonly string[]
        readonly duties: readonly string[]
      }[]
    }
  }
  /** What is registered, the latest version of each */
  'GET /admin/v1/terms/records/{kind}': {
    readonly params: {
      readonly kind: 'agreements' | 'purposes' | 'attestations' | 'exclusivities'
    }
    readonly query: {
      readonly organization?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly version: number
        readonly body: unknown
        readonly actor: string
        readonly at: string
      }[]
    }
  }
  /** Register a version; the earlier ones stay readable */
  'POST /admin/v1/terms/records/{kind}': {
    readonly params: {
      readonly kind: 'agreements' | 'purposes' | 'attestations' | 'exclusivities'
    }
    readonly query: {}
    readonly body: Readonly<Record<string, unknown>>
    readonly answer: {
      readonly id: string
      readonly version: number
    }
  }
  /** Every version of one record, oldest first */
  'GET /admin/v1/terms/records/{kind}/{id}': {
    readonly params: {
      readonly kind: 'agreements' | 'purposes' | 'attestations' | 'exclusivities'
      /** A name; write ~ for each slash in it. */
      readonly id: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly version: number
        readonly body: unknown
        readonly actor: string
        readonly at: string
      }[]
    }
  }
  /** What was used for what, with every leaf of the period, so that root and sums can be worked out again */
  'GET /admin/v1/terms/statement': {
    readonly params: {}
    readonly query: {
      /** Needed from whoever sees more than one. */
      readonly organization?: string | undefined
      readonly from: string
      readonly to: string
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** Admin tokens, without their secrets */
  'GET /admin/v1/tokens': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly name: string
        readonly id: string
        readonly hint: string
        readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
        readonly organization: string | null
        readonly maker: string | null
        /** The user who answers for it. */
        readonly person: string | null
        readonly created_at: string
      }[]
    }
  }
  /** Create a token, shown once; one of the same name is replaced */
  'POST /admin/v1/tokens': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly name: string
      /** Left out: owner, or customer where there is an organization. */
      readonly role?: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker' | undefined
      /** Of a customer: the token then sees what is this organization's only. */
      readonly organization?: string | undefined
      /** Of a maker. */
      readonly maker?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly name: string
      readonly secret: string
    }
  }
  /** Revoke a token */
  'DELETE /admin/v1/tokens/{token}': {
    readonly params: {
      readonly token: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly version: number
    }
  }
  /** Calls, tokens and cost */
  'GET /admin/v1/usage': {
    readonly params: {}
    readonly query: {
      readonly from?: string | undefined
      readonly to?: string | undefined
      readonly organization?: string | undefined
      /** organization/project */
      readonly project?: string | undefined
      readonly key?: string | undefined
      readonly model?: string | undefined
      readonly deployment?: string | undefined
      readonly supplier?: string | undefined
      readonly maker?: string | undefined
      readonly purpose?: string | undefined
      /** Comma-separated, of organization, project, key, purpose, model, deployment, supplier, maker, operation, tier; organization,project,model by default. */
      readonly group_by?: string | undefined
      /** In UTC; without it one row for the whole time. */
      readonly bucket?: 'minute' | 'hour' | 'day' | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly start?: string | null | undefined
        readonly organization?: string | undefined
        readonly project?: string | undefined
        readonly model?: string | undefined
        readonly key?: string | null | undefined
        readonly purpose?: string | null | undefined
        readonly deployment?: string | undefined
        readonly supplier?: string | undefined
        readonly maker?: string | undefined
        readonly operation?: string | undefined
        readonly tier?: string | undefined
        readonly calls: number
        readonly attempts: number
        readonly reported_calls: number
        readonly estimated_calls: number
        readonly absent_calls: number
        readonly input_tokens: number
        readonly cached_input_tokens: number
        readonly output_tokens: number
        readonly reasoning_tokens: number
        readonly cost: string
        readonly currency: string
      }[]
    }
  }
  /** What a customer used, in the form that its own Weir imports */
  'GET /admin/v1/usage-export/{organization}': {
    readonly params: {
      readonly organization: string
    }
    readonly query: {
      readonly from: string
      readonly until: string
      /** Left out: the one in which its usage is booked. */
      readonly currency?: string | undefined
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** Users */
  'GET /admin/v1/users': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly login: string | null
        readonly name: string
        readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
        readonly organization: string | null
        readonly maker: string | null
        readonly single_sign_on: string | null
        readonly factors: readonly ('totp' | 'recovery' | 'passkey')[]
        /** Has not set a password yet. */
        readonly invited: boolean
        readonly disabled: boolean
        readonly created_at: string
        readonly created_by: string
        readonly seen_at: string | null
      }[]
    }
  }
  /** Invite a user: a link to set password and second factor, shown once */
  'POST /admin/v1/users': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly login: string
      readonly name: string
      readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
      /** Of a customer. */
      readonly organization?: string | undefined
      /** Of a maker. */
      readonly maker?: string | undefined
    }
    readonly answer: {
      readonly id: string
      /** Its path, with a secret after the #: shown in this answer and never again, good once within three days. */
      readonly link: string
    }
  }
  /** Change role or name, disable or enable; another role or none ends all sessions */
  'PUT /admin/v1/users/{user}': {
    readonly params: {
      readonly user: string
    }
    readonly query: {}
    readonly body: {
      readonly name: string
      readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
      /** Of a customer. */
      readonly organization?: string | undefined
      /** Of a maker. */
      readonly maker?: string | undefined
      readonly disabled?: boolean | undefined
    }
    readonly answer: {
      readonly id: string
      readonly login: string | null
      readonly name: string
      readonly role: 'owner' | 'finance' | 'compliance' | 'engineer' | 'auditor' | 'customer' | 'maker'
      readonly organization: string | null
      readonly maker: string | null
      readonly single_sign_on: string | null
      readonly factors: readonly ('totp' | 'recovery' | 'passkey')[]
      /** Has not set a password yet. */
      readonly invited: boolean
      readonly disabled: boolean
      readonly created_at: string
      readonly created_by: string
      readonly seen_at: string | null
    }
  }
  /** Let a user begin anew: sessions end, and a link is shown once */
  'POST /admin/v1/users/{user}/reset': {
    readonly params: {
      readonly user: string
    }
    readonly query: {}
    readonly body: {
      /** second-factor: and the password with it, so that who has stolen one cannot set the other. */
      readonly what: 'password' | 'second-factor'
    }
    readonly answer: {
      readonly id: string
      /** Its path, with a secret after the #: shown in this answer and never again, good once within three days. */
      readonly link: string
    }
  }
  /** What each party had of a month */
  'GET /admin/v1/value': {
    readonly params: {}
    readonly query: {
      readonly month: string
      readonly currency?: string | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly party: string
        readonly role: 'customer' | 'channel' | 'maker'
        readonly rows: readonly {
          readonly label: string
          readonly amount: string
          readonly unit: string
        }[]
      }[]
    }
  }
  /** What was sent and what waits, the latest first */
  'GET /admin/v1/webhook-deliveries': {
    readonly params: {}
    readonly query: {
      readonly endpoint?: string | undefined
      readonly state?: 'waiting' | 'delivered' | 'given-up' | undefined
      readonly limit?: number | undefined
    }
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly endpoint: string
        readonly type: string
        readonly state: 'waiting' | 'delivered' | 'given-up'
        readonly tries: number
        readonly next_try: string | null
        readonly created_at: string
        readonly status_code: number | null
        readonly says: string | null
        readonly body: unknown
      }[]
    }
  }
  /** Endpoints that are told what happens */
  'GET /admin/v1/webhook-endpoints': {
    readonly params: {}
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly data: readonly {
        readonly id: string
        readonly object: 'webhook_endpoint'
        readonly name: string
        readonly url: string
        readonly event_types: readonly string[]
        readonly organization: string | null
        readonly enabled: boolean
        readonly signing_secret_hint: string
        readonly created_at: string
        readonly updated_at: string
      }[]
    }
  }
  /** Register an endpoint; its signing secret is shown this once */
  'POST /admin/v1/webhook-endpoints': {
    readonly params: {}
    readonly query: {}
    readonly body: {
      readonly name: string
      readonly url: string
      readonly event_types: readonly string[]
      /** It is told of this organization only: for a customer's own endpoint. */
      readonly organization?: string | undefined
    }
    readonly answer: {
      readonly id: string
      readonly object: 'webhook_endpoint'
      readonly name: string
      readonly url: string
      readonly event_types: readonly string[]
      readonly organization: string | null
      readonly enabled: boolean
      readonly signing_secret_hint: string
      readonly created_at: string
      readonly updated_at: string
      readonly signing_secret: string
    }
  }
  /** Change an endpoint, or switch it on and off; what waits for it waits on */
  'PATCH /admin/v1/webhook-endpoints/{endpoint}': {
    readonly params: {
      readonly endpoint: string
    }
    readonly query: {}
    readonly body: {
      readonly name?: string | undefined
      readonly url?: string | undefined
      readonly event_types?: readonly string[] | undefined
      readonly enabled?: boolean | undefined
    }
    readonly answer: {
      readonly id: string
      readonly object: 'webhook_endpoint'
      readonly name: string
      readonly url: string
      readonly event_types: readonly string[]
      readonly organization: string | null
      readonly enabled: boolean
      readonly signing_secret_hint: string
      readonly created_at: string
      readonly updated_at: string
    }
  }
  /** Remove an endpoint; what waits for it is given up */
  'DELETE /admin/v1/webhook-endpoints/{endpoint}': {
    readonly params: {
      readonly endpoint: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly removed: string
    }
  }
  /** Send a message again, under the same id */
  'POST /admin/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver': {
    readonly params: {
      readonly endpoint: string
      readonly delivery: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly state: 'waiting'
    }
  }
  /** A new signing secret, shown this once; the old one signs beside it for a while */
  'POST /admin/v1/webhook-endpoints/{endpoint}/rotate': {
    readonly params: {
      readonly endpoint: string
    }
    readonly query: {}
    readonly body: {
      /** How long messages carry the old signature as well. */
      readonly grace_seconds?: number | undefined
    }
    readonly answer: {
      readonly id: string
      readonly signing_secret: string
    }
  }
  /** Where a registered sender delivers its webhooks (Standard Webhooks) */
  'POST /hooks/notices/{source}': {
    readonly params: {
      readonly source: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: unknown
  }
  /** Costs in OpenAI's shape */
  'GET /v1/organization/costs': {
    readonly params: {}
    readonly query: {
      readonly start_time: number
      readonly end_time?: number | undefined
      readonly bucket_width?: string | undefined
      readonly limit?: number | undefined
      readonly page?: string | undefined
      readonly group_by?: readonly string[] | string | undefined
      readonly project_ids?: readonly string[] | string | undefined
      readonly user_ids?: readonly string[] | string | undefined
      readonly api_key_ids?: readonly string[] | string | undefined
      readonly models?: readonly string[] | string | undefined
      readonly batch?: 'true' | 'false' | undefined
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** Usage of completions in OpenAI's shape */
  'GET /v1/organization/usage/completions': {
    readonly params: {}
    readonly query: {
      readonly start_time: number
      readonly end_time?: number | undefined
      readonly bucket_width?: string | undefined
      readonly limit?: number | undefined
      readonly page?: string | undefined
      readonly group_by?: readonly string[] | string | undefined
      readonly project_ids?: readonly string[] | string | undefined
      readonly user_ids?: readonly string[] | string | undefined
      readonly api_key_ids?: readonly string[] | string | undefined
      readonly models?: readonly string[] | string | undefined
      readonly batch?: 'true' | 'false' | undefined
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** Usage of embeddings in OpenAI's shape */
  'GET /v1/organization/usage/embeddings': {
    readonly params: {}
    readonly query: {
      readonly start_time: number
      readonly end_time?: number | undefined
      readonly bucket_width?: string | undefined
      readonly limit?: number | undefined
      readonly page?: string | undefined
      readonly group_by?: readonly string[] | string | undefined
      readonly project_ids?: readonly string[] | string | undefined
      readonly user_ids?: readonly string[] | string | undefined
      readonly api_key_ids?: readonly string[] | string | undefined
      readonly models?: readonly string[] | string | undefined
      readonly batch?: 'true' | 'false' | undefined
    }
    readonly body: undefined
    readonly answer: unknown
  }
  /** A case as OpenAI's clients read one; only once notice was given */
  'GET /v1/safety/cases/{case}': {
    readonly params: {
      readonly case: string
    }
    readonly query: {}
    readonly body: undefined
    readonly answer: {
      readonly id: string
      readonly object?: 'safety.case' | undefined
      readonly created_at: number
      readonly entity_identifier: string
      readonly reason: string | null
      readonly notice: {
        readonly type: 'warning' | 'deactivation'
      }
    }
  }
}

/** What each route asks for; GET /admin/v1/session says what its reader may. */
export const permissions: Readonly<Record<keyof Routes, string>> = {
  'GET /admin/v1/account': 'enrol',
  'GET /admin/v1/account-watches': 'notices.read',
  'POST /admin/v1/account-watches': 'notices.write',
  'DELETE /admin/v1/account-watches/{watch}': 'notices.write',
  'POST /admin/v1/account/confirm': 'self',
  'POST /admin/v1/account/passkeys': 'enrol',
  'POST /admin/v1/account/passkeys/options': 'enrol',
  'DELETE /admin/v1/account/passkeys/{passkey}': 'self',
  'PUT /admin/v1/account/password': 'self',
  'POST /admin/v1/account/recovery-codes': 'self',
  'GET /admin/v1/account/sessions': 'self',
  'DELETE /admin/v1/account/sessions': 'self',
  'DELETE /admin/v1/account/sessions/{session}': 'self',
  'POST /admin/v1/account/totp': 'enrol',
  'PUT /admin/v1/account/totp': 'enrol',
  'DELETE /admin/v1/account/totp': 'self',
  'POST /admin/v1/accounts/{account}/reinstate': 'providers.write',
  'PUT /admin/v1/agreements/{id}': 'money.write',
  'POST /admin/v1/apply': 'resources.write',
  'PUT /admin/v1/assets/{id}': 'money.write',
  'POST /admin/v1/assets/{id}/months': 'money.write',
  'POST /admin/v1/bills': 'money.write',
  'GET /admin/v1/budgets': 'usage.read',
  'GET /admin/v1/calls': 'calls.read',
  'GET /admin/v1/calls/{call}': 'calls.read',
  'GET /admin/v1/capacity': 'calls.read',
  'GET /admin/v1/cases': 'cases.read',
  'POST /admin/v1/cases': 'cases.open',
  'GET /admin/v1/cases/{case}': 'cases.read',
  'POST /admin/v1/cases/{case}/answer': 'cases.own',
  'POST /admin/v1/cases/{case}/appeal': 'cases.own',
  'GET /admin/v1/cases/{case}/contracts': 'cases.write',
  'POST /admin/v1/cases/{case}/moves': 'cases.write',
  'POST /admin/v1/cases/{case}/pack': 'cases.write',
  'POST /admin/v1/cases/{case}/restrictions': 'cases.write',
  'POST /admin/v1/cases/{case}/restrictions/{restriction}/approve': 'cases.write',
  'POST /admin/v1/cases/{case}/restrictions/{restriction}/lift': 'cases.write',
  'GET /admin/v1/clusters': 'signals.read',
  'POST /admin/v1/content/erase': 'content.write',
  'GET /admin/v1/content/requests': 'content.read',
  'POST /admin/v1/content/requests': 'content.ask',
  'POST /admin/v1/content/requests/{id}/allow': 'content.approve',
  'GET /admin/v1/content/requests/{id}/content': 'content.ask',
  'GET /admin/v1/contracts': 'money.read',
  'PUT /admin/v1/contracts/{id}': 'money.write',
  'GET /admin/v1/contracts/{id}': 'money.read',
  'GET /admin/v1/contracts/{id}/suspension': 'money.read',
  'GET /admin/v1/costs': 'usage',
  'POST /admin/v1/datasets': 'datasets.write',
  'POST /admin/v1/datasets/leads': 'datasets.write',
  'GET /admin/v1/datasets/{name}/files/{file}': 'datasets.write',
  'GET /admin/v1/demo': 'demo.read',
  'POST /admin/v1/demo/runs': 'demo.run',
  'GET /admin/v1/demo/runs/{run}': 'demo.read',
  'GET /admin/v1/disputes': 'money.read',
  'POST /admin/v1/disputes/{id}/moves': 'money.write',
  'GET /admin/v1/diversions': 'resources.read',
  'PUT /admin/v1/diversions/{model}': 'providers.write',
  'DELETE /admin/v1/diversions/{model}': 'providers.write',
  'GET /admin/v1/diversions/{model}/sides': 'outlook.read',
  'GET /admin/v1/doctor': 'ledger.read',
  'POST /admin/v1/drills': 'drills.write',
  'GET /admin/v1/drills': 'terms.read',
  'GET /admin/v1/events': 'events.read',
  'POST /admin/v1/exchange-rates': 'money.write',
  'GET /admin/v1/exposure': 'money.read',
  'GET /admin/v1/exposure/{organization}': 'money.read',
  'GET /admin/v1/focus/{dataset}': 'money.read',
  'GET /admin/v1/health': 'resources.read',
  'GET /admin/v1/holds': 'content.read',
  'POST /admin/v1/holds': 'content.write',
  'POST /admin/v1/holds/{hold}/end': 'content.write',
  'POST /admin/v1/holds/{hold}/review': 'content.write',
  'POST /admin/v1/indicators/match': 'cases.write',
  'GET /admin/v1/invoices': 'invoices.read',
  'POST /admin/v1/invoices/close': 'money.write',
  'GET /admin/v1/invoices/{id}': 'invoices.read',
  'GET /admin/v1/invoices/{id}/chargeback': 'money.read',
  'POST /admin/v1/invoices/{id}/credit': 'money.write',
  'POST /admin/v1/invoices/{id}/issue': 'money.write',
  'POST /admin/v1/invoices/{id}/void': 'money.write',
  'GET /admin/v1/keys': 'keys.read',
  'POST /admin/v1/keys': 'keys.write',
  'DELETE /admin/v1/keys/{key}': 'keys.write',
  'POST /admin/v1/keys/{key}/rotate': 'keys.write',
  'GET /admin/v1/ledger/check': 'ledger.read',
  'GET /admin/v1/lineage': 'datasets.read',
  'GET /admin/v1/lineage/{id}': 'datasets.read',
  'PUT /admin/v1/lineage/{id}': 'datasets.write',
  'GET /admin/v1/lineage/{id}/bom': 'datasets.read',
  'GET /admin/v1/live': 'calls.read',
  'GET /admin/v1/logs': 'proof.read',
  'GET /admin/v1/logs/check': 'proof.read',
  'GET /admin/v1/logs/governance': 'proof.read',
  'POST /admin/v1/logs/keys/retire': 'secrets.write',
  'POST /admin/v1/logs/keys/rotate': 'secrets.write',
  'GET /admin/v1/makers/{maker}/usage': 'referrals.read',
  'GET /admin/v1/margins': 'money.read',
  'GET /admin/v1/models': 'resources.read',
  'POST /admin/v1/models/trainings': 'datasets.write',
  'PUT /admin/v1/models/{name}': 'providers.write',
  'DELETE /admin/v1/models/{name}': 'providers.write',
  'GET /admin/v1/nodes': 'ledger.read',
  'POST /admin/v1/nodes/{journal}/write-off': 'ledger.write',
  'GET /admin/v1/notice-sources': 'notices.read',
  'POST /admin/v1/notice-sources': 'notices.write',
  'GET /admin/v1/notices': 'notices.read',
  'POST /admin/v1/notices': 'notices.write',
  'GET /admin/v1/notices/{notice}': 'notices.read',
  'POST /admin/v1/notices/{notice}/response': 'notices.write',
  'GET /admin/v1/organizations': 'resources.read',
  'GET /admin/v1/organizations/{organization}': 'resources.read',
  'PUT /admin/v1/organizations/{organization}': 'access.write',
  'DELETE /admin/v1/organizations/{organization}': 'access.write',
  'GET /admin/v1/organizations/{organization}/abuse-penalty': 'usage.projects',
  'GET /admin/v1/organizations/{organization}/data-retention': 'usage.projects',
  'GET /admin/v1/organizations/{organization}/projects/{project}': 'resources.read',
  'PUT /admin/v1/organizations/{organization}/projects/{project}': 'access.write',
  'DELETE /admin/v1/organizations/{organization}/projects/{project}': 'access.write',
  'GET /admin/v1/outlook': 'outlook.read',
  'GET /admin/v1/outlook/records/{kind}': 'outlook.read',
  'POST /admin/v1/outlook/records/{kind}': 'outlook.write',
  'GET /admin/v1/parties': 'money.read',
  'PUT /admin/v1/parties/{id}': 'money.write',
  'POST /admin/v1/payments': 'money.write',
  'GET /admin/v1/payments': 'money.read',
  'POST /admin/v1/payments/match': 'money.write',
  'POST /admin/v1/payments/{id}/refunds': 'money.write',
  'POST /admin/v1/payments/{id}/return': 'money.write',
  'GET /admin/v1/people': 'people.read',
  'POST /admin/v1/prepayments': 'money.write',
  'GET /admin/v1/price-corrections': 'money.read',
  'POST /admin/v1/price-corrections': 'money.write',
  'GET /admin/v1/prices': 'prices.read',
  'POST /admin/v1/prices': 'prices.write',
  'GET /admin/v1/prices/history': 'prices.read',
  'GET /admin/v1/projects': 'projects.read',
  'GET /admin/v1/provider-types': 'resources.read',
  'GET /admin/v1/providers': 'resources.read',
  'PUT /admin/v1/providers/{name}': 'providers.write',
  'DELETE /admin/v1/providers/{name}': 'providers.write',
  'POST /admin/v1/publications': 'datasets.write',
  'GET /admin/v1/quarantine': 'ledger.read',
  'POST /admin/v1/quarantine/redrive': 'ledger.write',
  'POST /admin/v1/quarantine/{id}/dismiss': 'ledger.write',
  'GET /admin/v1/re-ratings/{organization}/{month}': 'money.read',
  'POST /admin/v1/re-ratings/{organization}/{month}': 'money.write',
  'GET /admin/v1/receipts/{call}': 'proof.read',
  'GET /admin/v1/reconciliations': 'money.read',
  'GET /admin/v1/reconciliations/{id}': 'money.read',
  'POST /admin/v1/reconciliations/{id}/disputes': 'money.write',
  'POST /admin/v1/reconciliations/{id}/true-up': 'money.write',
  'GET /admin/v1/referrals': 'referrals.read',
  'POST /admin/v1/referrals': 'referrals.write',
  'POST /admin/v1/reminders': 'money.write',
  'GET /admin/v1/resources': 'resources.read',
  'GET /admin/v1/screening/hits': 'terms.read',
  'POST /admin/v1/screening/hits/{hit}': 'terms.write',
  'GET /admin/v1/screening/lists': 'terms.read',
  'POST /admin/v1/screening/lists': 'terms.write',
  'POST /admin/v1/secrets/rotate': 'secrets.write',
  'GET /admin/v1/service': 'calls.read',
  'GET /admin/v1/session': 'enrol',
  'DELETE /admin/v1/session': 'enrol',
  'POST /admin/v1/set-up': 'users.write',
  'GET /admin/v1/sign-in': 'public',
  'POST /admin/v1/sign-in/code': 'public',
  'POST /admin/v1/sign-in/leave': 'public',
  'POST /admin/v1/sign-in/link': 'public',
  'POST /admin/v1/sign-in/link/accept': 'public',
  'POST /admin/v1/sign-in/passkey': 'public',
  'POST /admin/v1/sign-in/passkey/options': 'public',
  'POST /admin/v1/sign-in/password': 'public',
  'GET /admin/v1/sign-in/sso': 'public',
  'GET /admin/v1/sign-in/sso/callback': 'public',
  'POST /admin/v1/sign-in/token': 'public',
  'GET /admin/v1/signals': 'signals.read',
  'GET /admin/v1/signals/{signal}': 'signals.read',
  'POST /admin/v1/signals/{signal}/clear': 'cases.write',
  'POST /admin/v1/signals/{signal}/indicators': 'cases.write',
  'GET /admin/v1/snapshot': 'resources.read',
  'GET /admin/v1/spend-caps': 'money.read',
  'POST /admin/v1/spend-caps/{budget}/lift': 'money.write',
  'POST /admin/v1/statements': 'money.write',
  'GET /admin/v1/statements': 'statements.read',
  'GET /admin/v1/statements/{id}': 'statements.read',
  'POST /admin/v1/suppliers/{supplier}/months': 'money.write',
  'POST /admin/v1/terms/agreements/{agreement}/state': 'terms.write',
  'POST /admin/v1/terms/approvals/{approval}': 'terms.approve',
  'GET /admin/v1/terms/clauses': 'terms.read',
  'GET /admin/v1/terms/clauses/{clause}': 'terms.read',
  'PUT /admin/v1/terms/clauses/{clause}': 'terms.write',
  'POST /admin/v1/terms/clauses/{clause}/approve': 'terms.approve',
  'POST /admin/v1/terms/clauses/{clause}/attach': 'terms.write',
  'POST /admin/v1/terms/clauses/{clause}/simulate': 'terms.read',
  'GET /admin/v1/terms/completeness': 'proof.read',
  'GET /admin/v1/terms/decisions': 'terms.read',
  'GET /admin/v1/terms/decisions/{decision}': 'terms.read',
  'GET /admin/v1/terms/explain/{purpose}': 'terms.read',
  'GET /admin/v1/terms/records/{kind}': 'terms.read',
  'POST /admin/v1/terms/records/{kind}': 'terms.write',
  'GET /admin/v1/terms/records/{kind}/{id}': 'terms.read',
  'GET /admin/v1/terms/statement': 'statement.read',
  'GET /admin/v1/tokens': 'tokens.read',
  'POST /admin/v1/tokens': 'tokens.write',
  'DELETE /admin/v1/tokens/{token}': 'tokens.write',
  'GET /admin/v1/usage': 'usage',
  'GET /admin/v1/usage-export/{organization}': 'money.read',
  'GET /admin/v1/users': 'users.read',
  'POST /admin/v1/users': 'users.write',
  'PUT /admin/v1/users/{user}': 'users.write',
  'POST /admin/v1/users/{user}/reset': 'users.write',
  'GET /admin/v1/value': 'money.read',
  'GET /admin/v1/webhook-deliveries': 'webhooks.read',
  'GET /admin/v1/webhook-endpoints': 'webhooks.read',
  'POST /admin/v1/webhook-endpoints': 'webhooks.write',
  'PATCH /admin/v1/webhook-endpoints/{endpoint}': 'webhooks.write',
  'DELETE /admin/v1/webhook-endpoints/{endpoint}': 'webhooks.write',
  'POST /admin/v1/webhook-endpoints/{endpoint}/deliveries/{delivery}/redeliver': 'webhooks.write',
  'POST /admin/v1/webhook-endpoints/{endpoint}/rotate': 'webhooks.write',
  'POST /hooks/notices/{source}': 'public',
  'GET /v1/organization/costs': 'usage.projects',
  'GET /v1/organization/usage/completions': 'usage.projects',
  'GET /v1/organization/usage/embeddings': 'usage.projects',
  'GET /v1/safety/cases/{case}': 'cases.read',
}
