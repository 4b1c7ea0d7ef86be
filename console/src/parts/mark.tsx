import type { ReactNode } from 'react'
import sign from '../weir.svg'

export function Mark(): ReactNode {
  return <span className="inline-flex items-center gap-2.5 text-xl font-semibold tracking-tight text-nav-ink"><img src={sign} alt="" className="size-8 rounded-lg ring-1 ring-white/15" />Weir</span>
}
