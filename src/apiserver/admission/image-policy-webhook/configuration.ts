// The plugin's file has no version: `imagePolicy: { kubeConfigFile, allowTTL, denyTTL, retryBackoff, defaultAllow }`.
// Source: plugin/pkg/admission/imagepolicy/config.go.
import { ConfigFileError, decodeUnversioned } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'

export interface ImagePolicyConfiguration {
  readonly kubeConfigFile: string
  /** How long a yes and a no are remembered; 0: not at all. */
  readonly allowMs: number
  readonly denyMs: number
  readonly retryBackoffMs: number
  /** Whether images pass when the backend cannot be asked. */
  readonly defaultAllow: boolean
}

interface Document {
  readonly imagePolicy?: {
    readonly kubeConfigFile?: string
    readonly allowTTL?: number
    readonly denyTTL?: number
    readonly retryBackoff?: number
    readonly defaultAllow?: boolean
  }
}

const types = configTypes({
  AdmissionConfig: { imagePolicy: 'ImagePolicy' },
  ImagePolicy: { kubeConfigFile: 'string', allowTTL: 'int64', denyTTL: 'int64', retryBackoff: 'int64', defaultAllow: 'bool' },
})

const second = 1000
const minute = 60 * second

/** -1 switches off, 0 is the default. @throws {ConfigFileError} */
function duration(value: number, unitMs: number, { min, max, otherwise }: { readonly min: number; readonly max: number; readonly otherwise: number }): number {
  if (value === -1) return 0
  if (value === 0) return otherwise
  const ms = value * unitMs
  if (ms > min && ms <= max) return ms
  throw new ConfigFileError(`valid value is between ${goDuration(min)} and ${goDuration(max)}, got ${goDuration(ms)}`)
}

/** As Go prints it: `1s`, `30m0s`, `1ns`. */
function goDuration(ms: number): string {
  if (ms === 0) return '1ns' // the least backoff that there is
  if (Math.abs(ms) < second) return `${ms}ms`
  const [hours, minutes, seconds] = [Math.trunc(ms / (60 * minute)), Math.trunc(ms / minute) % 60, (ms / second) % 60]
  return `${hours ? `${hours}h` : ''}${hours || minutes ? `${minutes}m` : ''}${seconds}s`
}

/** @throws {ConfigFileError} also without configuration */
export function imagePolicyConfiguration(text: string | undefined): ImagePolicyConfiguration {
  if (text === undefined) throw new ConfigFileError('no config specified')
  const { imagePolicy = {} } = decodeUnversioned(text, 'AdmissionConfig', types) as Document
  const { kubeConfigFile = '', allowTTL = 0, denyTTL = 0, retryBackoff = 0, defaultAllow = false } = imagePolicy
  return {
    kubeConfigFile,
    retryBackoffMs: duration(retryBackoff, 1, { min: 0, max: 5 * minute, otherwise: 500 }),
    allowMs: duration(allowTTL, second, { min: second, max: 30 * minute, otherwise: 5 * minute }),
    denyMs: duration(denyTTL, second, { min: second, max: 30 * minute, otherwise: 30 * second }),
    defaultAllow,
  }
}
