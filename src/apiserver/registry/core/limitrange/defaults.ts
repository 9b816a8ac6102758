// Defaults of LimitRanges. Source: pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem).
import type { LimitRange } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { setOwn } from '../../shared/own-properties.ts'

type Amounts = { [name: string]: string }

function fillFrom(target: Amounts, source: Amounts | undefined): void {
  for (const [name, amount] of Object.entries(source ?? {})) if (!Object.hasOwn(target, name)) setOwn(target, name, amount)
}

/** A default limit comes from the maximum; a default request from the default limit, then from the minimum. */
export function limitRangeDefaults({ spec }: Mutable<LimitRange>): void {
  for (const item of spec?.limits ?? []) {
    if (item.type !== 'Container') continue
    const limits = (item.default ??= {})
    const requests = (item.defaultRequest ??= {})
    fillFrom(limits, item.max)
    fillFrom(requests, limits)
    fillFrom(requests, item.min)
  }
}
