// `--authorization-policy-file`: one policy a line, a JSON object; `#` begins a comment line. Lines of the time before versions mean more
// than they say: what they leave out is everything. Source: k8s.io/kubernetes pkg/auth/authorizer/abac/abac.go, pkg/apis/abac/v0, v1beta1.
import { allAuthenticated } from '../../authn/well-known-users.ts'

/** Source: pkg/apis/abac/types.go (PolicySpec). */
export interface Policy {
  readonly user: string
  readonly group: string
  readonly readonly: boolean
  readonly apiGroup: string
  readonly resource: string
  readonly namespace: string
  readonly nonResourcePath: string
}

const current = 'abac.authorization.kubernetes.io/v1beta1'

/** @throws {Error} naming the file and the line that is no policy */
export function readPolicies(text: string, file: string): readonly Policy[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    try {
      return [policyOf(JSON.parse(trimmed))]
    } catch (cause) {
      throw new Error(`error reading policy file ${file}, line ${index + 1}: ${trimmed}: ${(cause as Error).message}`, { cause })
    }
  })
}

type Fields = Readonly<Record<string, unknown>>

function policyOf(value: unknown): Policy {
  if (!isObject(value)) throw new Error('a policy must be an object')
  const { apiVersion, kind } = value
  if (apiVersion === undefined || kind === undefined) return unversioned(specOf(value))
  if (apiVersion !== current || kind !== 'Policy') throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  const spec = specOf(isObject(value['spec']) ? value['spec'] : {})
  return isAnybody(spec) ? { ...spec, user: '', group: allAuthenticated } : spec
}

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

function specOf(fields: Fields): Policy {
  const text = (name: string): string => {
    const value = Object.hasOwn(fields, name) ? fields[name] : ''
    if (typeof value !== 'string') throw new Error(`${name} must be a string`)
    return value
  }
  const readonly = Object.hasOwn(fields, 'readonly') ? fields['readonly'] : false
  if (typeof readonly !== 'boolean') throw new Error('readonly must be a boolean')
  return {
    user: text('user'),
    group: text('group'),
    readonly,
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    namespace: text('namespace'),
    nonResourcePath: text('nonResourcePath'),
  }
}

/** A star is everybody who is authenticated: never the anonymous. */
const isAnybody = ({ user, group }: Policy) => user === '*' || group === '*'

function unversioned(policy: Policy): Policy {
  const { user, group, namespace, resource } = policy
  const anybody = isAnybody(policy) || (user === '' && group === '')
  return {
    ...policy,
    ...(anybody ? { user: '', group: allAuthenticated } : {}),
    namespace: namespace || '*',
    resource: resource || '*',
    apiGroup: '*',
    nonResourcePath: namespace === '' && resource === '' ? '*' : '',
  }
}
