// eventratelimit.admission.k8s.io/v1alpha1 Configuration. Source: plugin/pkg/admission/eventratelimit/apis/eventratelimit.
import { type FieldError, invalid, notSupported } from '../../../apimachinery/field-errors.ts'
import { type ConfigKind, decodeConfigFile, refuseConfigFile } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'

const limitTypes = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const
export type LimitType = (typeof limitTypes)[number]

export interface Limit {
  readonly type: LimitType
  /** Events a second in the long run. */
  readonly qps: number
  /** Events at once. */
  readonly burst: number
  /** Keys that are remembered; without one, upstream's 4096. */
  readonly cacheSize?: number
}

const kind: ConfigKind = {
  kind: 'Configuration',
  groupVersions: ['eventratelimit.admission.k8s.io/v1alpha1'],
  types: configTypes(
    {
      Configuration: { limits: '[]Limit' },
      Limit: { type: 'string', qps: 'int32', burst: 'int32', cacheSize: 'int32' },
    },
    { root: 'Configuration' },
  ),
}

function validate(limits: readonly Partial<Limit>[]): readonly FieldError[] {
  if (!limits.length) return [invalid('limits', null, 'must not be empty')]
  return limits.flatMap(({ type = '', qps = 0, burst = 0, cacheSize = 0 }, i) => {
    const path = `limits[${i}]`
    const errors: FieldError[] = []
    if (!(limitTypes as readonly string[]).includes(type)) errors.push(notSupported(`${path}.type`, type, limitTypes.toSorted()))
    if (burst <= 0) errors.push(invalid(`${path}.burst`, burst, 'must be positive'))
    if (qps <= 0) errors.push(invalid(`${path}.qps`, qps, 'must be positive'))
    if (type !== 'Server' && cacheSize < 0) errors.push(invalid(`${path}.cacheSize`, cacheSize, 'must not be negative'))
    return errors
  })
}

/** @throws {ConfigFileError} also without configuration: a plugin without limits is refused */
export function eventRateLimits(text: string | undefined): readonly Limit[] {
  const { limits = [] } = text === undefined ? {} : (decodeConfigFile(text, kind) as { readonly limits?: readonly Partial<Limit>[] })
  refuseConfigFile(validate(limits))
  return limits as readonly Limit[]
}
