// The audit policy: from the text of --audit-policy-file to a checked object.
// Source: k8s.io/apiserver pkg/audit/policy/reader.go.
import type { Policy } from '../../../api/audit/v1.ts'
import { type Codec, DecodeError } from '../../../apimachinery/codec/codec.ts'
import { aggregate } from '../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { isObject } from '../../../apimachinery/json-equal.ts'
import { validatePolicy } from './validate.ts'

/** A policy that cannot be used; the message is upstream's. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

const policyType = 'io.k8s.apiserver.pkg.apis.audit.v1.Policy'
const auditScheme = 'k8s.io/apiserver/pkg/audit/scheme.go:30'

/**
 * @param text YAML or JSON
 * @param warn told of unknown and duplicate fields, which are passed over
 * @throws {PolicyError}
 */
export function loadPolicy(codec: Codec, text: string, warn: (message: string) => void): Policy {
  const { value, duplicates } = parsed(codec, text)
  if (!isObject(value) || typeof value['kind'] !== 'string' || value['kind'] === '') throw undecodable(`Object 'Kind' is missing in '${text}'`)
  const { kind, apiVersion } = value
  if (typeof apiVersion !== 'string' || apiVersion === '') throw undecodable(`Object 'apiVersion' is missing in '${text}'`)
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy') {
    throw undecodable(`no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme ${goQuote(auditScheme)}`)
  }
  const policy = convert(codec, value, duplicates, warn)
  const errors = validatePolicy(policy)
  if (errors.length > 0) throw new PolicyError(aggregate(errors))
  if (!policy.rules?.length) throw new PolicyError('loaded illegal policy with 0 rules')
  return policy
}

const undecodable = (why: string, cause?: unknown) => new PolicyError(`failed decoding: ${why}`, { cause })

function parsed(codec: Codec, text: string) {
  try {
    return codec.parseYaml(text)
  } catch (error) {
    if (error instanceof DecodeError) throw undecodable(`couldn't get version/kind; json parse error: ${error.message}`, error)
    throw error
  }
}

function convert(codec: Codec, value: Parameters<Codec['convert']>[1], duplicates: readonly string[], warn: (message: string) => void): Policy {
  try {
    const { object, strictErrors } = codec.convert(policyType, value, { duplicates })
    if (strictErrors.length > 0) {
      warn(`Audit policy contains errors, falling back to lenient decoding: strict decoding error: ${strictErrors.join(', ')}`)
    }
    return object as unknown as Policy
  } catch (error) {
    if (error instanceof DecodeError) throw undecodable(error.message, error)
    throw error
  }
}
