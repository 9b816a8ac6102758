// Checks of names that report which field is wrong. Source: k8s.io/apimachinery pkg/util/validation/validation.go.
import { type FieldError, invalid, required } from '../field-errors.ts'
import { isDns1123Subdomain, regexError } from './names.ts'

/** A domain of at least three segments (names of webhooks). */
export function validateFullyQualifiedName(field: string, name: string): readonly FieldError[] {
  if (name === '') return [required(field)]
  const messages = isDns1123Subdomain(name)
  if (messages.length > 0) return [invalid(field, name, messages.join(','))]
  return name.split('.').length < 3 ? [invalid(field, name, 'should be a domain with at least three segments separated by dots')] : []
}

/** `acme.io/foo`, where what follows the first slash may be any HTTP path. */
export function validateDomainPrefixedPath(field: string, path: string): readonly FieldError[] {
  if (path === '') return [required(field)]
  const slash = path.indexOf('/')
  if (slash <= 0 || slash === path.length - 1) return [invalid(field, path, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  const host = path.slice(0, slash)
  const rest = path.slice(slash + 1)
  const format = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
  return [
    ...isDns1123Subdomain(host).map((message) => invalid(field, host, message)),
    ...(new RegExp(`^${format}$`).test(rest) ? [] : [invalid(field, rest, regexError('Invalid path', format))]),
  ]
}
