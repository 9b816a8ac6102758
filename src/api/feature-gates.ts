// The feature gates of upstream in 1.36. None can be switched here: what is in force is each one's default.
import data from './generated/feature-gates.ts'

export interface FeatureGate {
  readonly stage: 'alpha' | 'beta' | 'GA' | 'deprecated'
  readonly default: boolean
  /** Nor can it be switched upstream. */
  readonly locked?: boolean
}

/** Name -> facts. */
export const featureGates: ReadonlyMap<string, FeatureGate> = new Map(Object.entries(data as Record<string, FeatureGate>))
