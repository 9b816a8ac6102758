// Secrets. Source: pkg/registry/core/secret/strategy.go, pkg/apis/core/v1/{defaults,conversion}.go.
import type { Secret } from '../../../../api/core/v1.ts'
import { forbidden, type FieldError, invalid, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { isConfigMapKey } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { totalBytes, withoutNulls } from '../../shared/byte-values.ts'
import { setOwn } from '../../shared/own-properties.ts'
import { changesImmutable } from '../../shared/immutable-data.ts'
import { parseJsonText } from '../../shared/validation/json-text.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { checkKeyPair } from './check-key-pair.ts'

/** 1 MiB. */
const bytesMax = 1024 * 1024

/** Keys that a type promises its readers. */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
])

function validateType({ type = '', data = {}, metadata }: Secret): FieldError[] {
  if (type === 'kubernetes.io/service-account-token') {
    const name = 'kubernetes.io/service-account.name'
    return metadata.annotations?.[name] ? [] : [required(`metadata.annotations[${name}]`)]
  }
  if (type === 'kubernetes.io/basic-auth') {
    return Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password') ? [] : [required('data[username]'), required('data[password]')]
  }
  const keys = requiredKeys.get(type) ?? []
  // A private key must not be empty, either.
  if (type === 'kubernetes.io/ssh-auth') return keys.filter((key) => !ownValue(data, key)).map((key) => required(`data[${key}]`))
  const missing = keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`))
  const json = type.startsWith('kubernetes.io/dockerc') ? keys.filter((key) => Object.hasOwn(data, key)) : []
  const complaints = json.flatMap((key) => {
    const { complaint } = parseJsonText(Buffer.from(data[key] ?? '', 'base64').toString(), 'object', 'map[string]interface {}')
    return complaint === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', complaint)]
  })
  return [...missing, ...complaints]
}

function validate(secret: Secret): FieldError[] {
  const keys = Object.keys(secret.data ?? {}).flatMap((key) => isConfigMapKey(key).map((message) => invalid(`data[${key}]`, key, message)))
  const size = totalBytes(secret.data) > bytesMax ? [tooLong('data', bytesMax)] : []
  return [...keys, ...size, ...validateType(secret)]
}

/** A pair that does not fit is stored all the same. */
function warnings({ type, data = {} }: Secret): readonly string[] {
  if (type !== 'kubernetes.io/tls') return []
  const text = (key: string) => Buffer.from(ownValue(data, key) ?? '', 'base64').toString('latin1')
  const fault = checkKeyPair(text('tls.crt'), text('tls.key'))
  return fault === undefined ? [] : [fault]
}

export const secretStrategy: Strategy<Secret> = {
  metadataChecksOnUpdate: ['changes', 'whole'],
  allowUnconditionalUpdate: true,
  comesInSeries: true,
  defaults(secret) {
    secret.type ||= 'Opaque'
    if (!secret.stringData) return
    const data = { ...secret.data }
    for (const [key, text] of Object.entries(secret.stringData)) setOwn(data, key, Buffer.from(text).toString('base64'))
    secret.data = data
    delete secret.stringData
  },
  validate: (_, secret) => validate(secret),
  validateUpdate(_, secret, old) {
    const errors = [...validateImmutable('type', secret.type, old.type)]
    if (old.immutable) {
      if (!secret.immutable) errors.push(forbidden('immutable', 'field is immutable when `immutable` is set'))
      if (changesImmutable(secret.data, old.data)) errors.push(forbidden('data', 'field is immutable when `immutable` is set'))
    }
    return [...errors, ...validate(secret)]
  },
  warningsOnCreate: (_, secret) => warnings(secret),
  warningsOnUpdate: (_, secret) => warnings(secret),
  canonicalize: ({ data }) => withoutNulls(data),
}
