// The kind of a policy's parameters. Source: pkg/apis/admissionregistration/validation/validation.go (validateParamKind).
import type { ParamKind } from '../../../../api/admissionregistration/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1035Label, isDns1123Subdomain, type Messages } from '../../../../apimachinery/validation/names.ts'

const field = 'spec.paramKind'

/** All that is wrong with a value in one error. */
const joined = (at: string, value: string, messages: Messages, before = ''): readonly FieldError[] =>
  messages.length === 0 ? [] : [invalid(at, value, before + messages.join(','))]

function validateApiVersion(apiVersion: string): readonly FieldError[] {
  const at = `${field}.apiVersion`
  if (apiVersion === '') return [required(at)]
  const parts = apiVersion.split('/')
  if (parts.length > 2) return [invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  const [group, version] = parts.length === 2 ? [parts[0]!, parts[1]!] : ['', apiVersion]
  return [
    ...(group ? joined(at, group, isDns1123Subdomain(group)) : []),
    ...(version ? joined(at, version, isDns1035Label(version)) : [invalid(at, apiVersion, 'version must be specified')]),
  ]
}

export function validateParamKind({ apiVersion = '', kind = '' }: ParamKind): readonly FieldError[] {
  const at = `${field}.kind`
  const mixedCase = 'may have mixed case, but should otherwise match: '
  return [...validateApiVersion(apiVersion), ...(kind ? joined(at, kind, isDns1035Label(kind.toLowerCase()), mixedCase) : [required(at)])]
}
