// What a stored or received envelope must be like. Source: k8s.io/apiserver
// pkg/storage/value/encrypt/envelope/kmsv2/envelope.go (ValidateEncryptedObject), pkg/util/validation (IsFullyQualifiedDomainName).
import { aggregateMessages, fieldErrorMessage, invalid, required, type FieldError } from '../../../apimachinery/field-errors.ts'
import { byteLength, isDns1123Subdomain } from '../../../apimachinery/validation/names.ts'
import { type Annotations, dekSourceType, type EncryptedObject } from './messages.ts'

const annotationsBytesMax = 32 * 1024
const keyIdBytesMax = 1024
const encryptedDekSourceBytesMax = 1024

/** @throws {Error} */
export function validateEncryptedObject(object: EncryptedObject): void {
  const type = object.encryptedDekSourceType
  if (type !== dekSourceType.aesGcmKey && type !== dekSourceType.hkdfSha256ExtendedNonceAesGcmSeed) throw new Error(`unknown encryptedDEKSourceType: ${type}`)
  if (object.encryptedData.length === 0) throw new Error('encrypted data is empty')
  const size = object.encryptedDekSource.length
  if (size === 0) throw new Error('failed to validate encrypted DEK source: encrypted DEK source is empty')
  if (size > encryptedDekSourceBytesMax) {
    throw new Error(
      `failed to validate encrypted DEK source: encrypted DEK source is ${size} bytes, which exceeds the max size of ${encryptedDekSourceBytesMax}`,
    )
  }
  const keyId = keyIdError(object.keyId)
  if (keyId) throw new Error(`failed to validate key id: ${keyId.message}`)
  const annotations = annotationErrors(object.annotations)
  if (annotations.length > 0) throw new Error(`failed to validate annotations: ${aggregateMessages(annotations)}`)
}

/** undefined when it is good; `code` is the label of upstream's metric. */
export function keyIdError(keyId: string): { readonly code: 'empty' | 'too_long'; readonly message: string } | undefined {
  if (keyId === '') return { code: 'empty', message: 'keyID is empty' }
  const size = byteLength(keyId)
  return size > keyIdBytesMax ? { code: 'too_long', message: `keyID is ${size} bytes, which exceeds the max size of ${keyIdBytesMax}` } : undefined
}

function annotationErrors(annotations: Annotations): string[] {
  const errors: string[] = []
  let total = 0
  for (const [key, value] of annotations) {
    const error = domainNameError(key)
    if (error) errors.push(fieldErrorMessage(error))
    total += byteLength(key) + value.length
  }
  if (total > annotationsBytesMax) errors.push(`total size of annotations is ${total}, which exceeds the max size of ${annotationsBytesMax}`)
  return errors
}

function domainNameError(key: string): FieldError | undefined {
  if (key === '') return required('annotations')
  const name = key.endsWith('.') ? key.slice(0, -1) : key
  const wrong = isDns1123Subdomain(name)
  if (wrong.length > 0) return invalid('annotations', name, wrong.join(','))
  if (!name.includes('.')) return invalid('annotations', name, 'should be a domain with at least two segments separated by dots')
  return undefined
}
