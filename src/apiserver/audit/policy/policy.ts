// The audit policy: from the text of --audit-policy-file to a checked object.
// Source: k8s.io/apiserver pkg/audit/policy/reader.go.
import type { Policy } from '../../../api/audit/v1.ts'
import { schema } from '../../../api/schema.ts'
import { aggregate } from '../../../apimachinery/field-errors.ts'
import { type ConfigKind, ConfigFileError, decodeLenientConfigFile } from '../../config-file/decode.ts'
import { validatePolicy } from './validate.ts'

/** A policy that cannot be used; the message is upstream's. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

const policyKind: ConfigKind = {
  kind: 'Policy',
  type: 'io.k8s.apiserver.pkg.apis.audit.v1.Policy',
  groupVersions: ['audit.k8s.io/v1'],
  types: schema,
  scheme: 'k8s.io/apiserver/pkg/audit/scheme.go:30',
}

/**
 * @param text YAML or JSON
 * @param warn told of unknown and duplicate fields, which are passed over
 * @throws {PolicyError}
 */
export function loadPolicy(text: string, warn: (message: string) => void): Policy {
  const policy = decode(text, warn)
  const errors = validatePolicy(policy)
  if (errors.length > 0) throw new PolicyError(aggregate(errors))
  if (!policy.rules?.length) throw new PolicyError('loaded illegal policy with 0 rules')
  return policy
}

function decode(text: string, warn: (message: string) => void): Policy {
  try {
    const lenient = (problem: string) => warn(`Audit policy contains errors, falling back to lenient decoding: ${problem}`)
    return decodeLenientConfigFile(text, policyKind, lenient) as unknown as Policy
  } catch (cause) {
    throw cause instanceof ConfigFileError ? new PolicyError(`failed decoding: ${cause.message}`, { cause }) : cause
  }
}
