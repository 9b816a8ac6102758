// Tokens that nobody asked for and nobody uses: first invalid, then gone. Source: pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go.
import type { Pod, Secret, ServiceAccount } from '../../api/core/v1.ts'
import { dayOf, invalidSinceLabel, isListedBy, labelOf, lastUsedLabel } from '../../api/core/token-secret.ts'

export type Verdict = 'keep' | 'invalidate' | 'delete'

export interface CleanUp {
  readonly account: ServiceAccount | undefined
  /** Of the secret's namespace. */
  readonly pods: readonly Pod[]
  /** `2026-01-31`: since when the server keeps account of the use of tokens; undefined: it does not. */
  readonly trackedSince: string | undefined
  /** How long a token may be unused, and then invalid. */
  readonly periodMs: number
  readonly nowMs: number
}

const dayMs = 24 * 3_600_000
/** When a day has ended; NaN for what is none. */
const endOf = (day: string | undefined) => (day !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) + dayMs : NaN)

/** A token that somebody has made on purpose, that a pod mounts, or that may have been used before anybody took account, is kept. */
export function decide(secret: Secret, { account, pods, trackedSince, periodMs, nowMs }: CleanUp): Verdict {
  const isOver = (sinceMs: number) => sinceMs + periodMs < nowMs
  if (!account || !isListedBy(secret, account)) return 'keep'
  if (!isOver(endOf(trackedSince)) || !isOver(Date.parse(secret.metadata.creationTimestamp ?? ''))) return 'keep'
  const lastUsed = labelOf(secret, lastUsedLabel)
  if (lastUsed !== undefined && !isOver(endOf(lastUsed))) return 'keep'
  if (pods.some((pod) => mounts(pod, secret.metadata.name))) return 'keep'
  const invalidSince = labelOf(secret, invalidSinceLabel)
  if (invalidSince === undefined || Number.isNaN(endOf(invalidSince))) return 'invalidate'
  return isOver(endOf(invalidSince)) ? 'delete' : 'keep'
}

const mounts = ({ spec }: Pod, name: string): boolean => (spec.volumes ?? []).some(({ secret }) => secret?.secretName === name)

export const invalidLabels = (nowMs: number) => ({ [invalidSinceLabel]: dayOf(nowMs) })
