// ConfigMaps. Source: pkg/registry/core/configmap/strategy.go.
import type { ConfigMap } from '../../../../api/core/v1.ts'
import { emptyPath, type FieldError, forbidden, invalid, tooLong } from '../../../../apimachinery/field-errors.ts'
import { isConfigMapKey } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { totalBytes, withoutNulls } from '../../shared/byte-values.ts'
import { changesImmutable } from '../../shared/immutable-data.ts'

/** 1 MiB. */
const bytesMax = 1024 * 1024
const frozen = 'field is immutable when `immutable` is set'

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = []
  for (const key of Object.keys(data)) {
    errors.push(...isConfigMapKey(key).map((message) => invalid(`data[${key}]`, key, message)))
    if (Object.hasOwn(binaryData, key)) errors.push(invalid(`data[${key}]`, key, `duplicate of key present in binaryData`))
  }
  for (const key of Object.keys(binaryData)) errors.push(...isConfigMapKey(key).map((message) => invalid(`binaryData[${key}]`, key, message)))
  const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0) + totalBytes(binaryData)
  if (bytes > bytesMax) errors.push(tooLong(emptyPath, bytesMax))
  return errors
}

export const configMapStrategy: Strategy<ConfigMap> = {
  metadataChecksOnUpdate: ['changes', 'whole'],
  allowUnconditionalUpdate: true,
  comesInSeries: true,
  validate: (_, map) => validate(map),
  validateUpdate(_, map, old) {
    const errors: FieldError[] = []
    if (old.immutable) {
      if (!map.immutable) errors.push(forbidden('immutable', frozen))
      if (changesImmutable(map.data, old.data)) errors.push(forbidden('data', frozen))
      if (changesImmutable(map.binaryData, old.binaryData)) errors.push(forbidden('binaryData', frozen))
    }
    return [...errors, ...validate(map)]
  },
  canonicalize: ({ binaryData }) => withoutNulls(binaryData),
}
