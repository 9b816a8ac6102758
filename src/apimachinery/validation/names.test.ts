import { expect, test } from 'vitest'
import {
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isEnvVarName,
  isHttpHeaderName,
  isLabelValue,
  isPathSegmentName,
  isPercent,
  isPortName,
  isQualifiedName,
  isRelaxedEnvVarName,
  isWildcardDns1123Subdomain,
} from './names.ts'

const subdomain = String.raw`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
const label = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`
const namePart = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`

// Texts of a real API server, but for the last ones of each group.
test.each([
  [isDns1123Subdomain, 'Bad_', [subdomain]],
  [isDns1123Subdomain, 'a..b', [subdomain]],
  [isDns1123Subdomain, 'a'.repeat(254), ['must be no more than 253 characters']],
  [isDns1123Subdomain, 'a\n', [subdomain]],
  [isDns1123Subdomain, 'a.b-c.1', []],
  [isDns1123Label, 'a.b', ['must not contain dots']],
  [isDns1123Label, 'Upper_Case', [label]],
  [isDns1123Label, 'a'.repeat(64), ['must be no more than 63 characters']],
  [isDns1035Label, 'a-1', []],
  [isQualifiedName, 'bad key', [namePart]],
  [isQualifiedName, '', ['name part must be non-empty', namePart]],
  [isQualifiedName, 'x'.repeat(64), ['name part must be no more than 63 bytes']],
  [isQualifiedName, 'bad type/x', [`prefix part ${subdomain}`]],
  [isQualifiedName, '/x', ['prefix part must be non-empty']],
  [isQualifiedName, 'example.com/a_b.C', []],
  [isLabelValue, '', []],
  [isLabelValue, 'v'.repeat(64), ['must be no more than 63 bytes']],
  [isConfigMapKey, '..', ["must not be '..'"]],
  [isConfigMapKey, '..x', ["must not start with '..'"]],
  [isConfigMapKey, '__proto__', []],
  [isEnvVarName, 'A.b-c_1', []],
  [isRelaxedEnvVarName, 'a=b', ["a valid environment variable name must consist only of printable ASCII characters other than '='"]],
  [isRelaxedEnvVarName, '1 a!', []],
  [isPortName, 'UPPER', ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)', 'must contain at least one letter (a-z)']],
  [isPortName, 'way-too-long-port-name', ['must be no more than 15 characters']],
  [isPortName, 'a--b', ['must not contain consecutive hyphens']],
  [isPortName, '123', ['must contain at least one letter (a-z)']],
  [isPathSegmentName, 'a/b', ["may not contain '/'"]],
  [isPathSegmentName, 'a%b', ["may not contain '%'"]],
  [isPathSegmentName, '..', ["may not be '..'"]],
  [
    isHttpHeaderName,
    'bad header',
    ["a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"],
  ],
  [isPercent, '93%', []],
  [isWildcardDns1123Subdomain, '*.bar.com', []],
])('%o of %j', (check, value, messages) => {
  expect(check(value)).toEqual(messages)
})

test('lengths count bytes', () => {
  expect(isLabelValue('é'.repeat(32))[0]).toBe('must be no more than 63 bytes')
})

test('hostile lengths take linear time', () => {
  const long = 'a'.repeat(1_000_000)
  expect(isDns1123Subdomain(`${long}!`)).toHaveLength(2)
  expect(isQualifiedName(`${long.replaceAll('aa', 'a.')}!`)).toHaveLength(2)
})
