// No encryption. Source: k8s.io/apiserver pkg/storage/value/encrypt/identity/identity.go.
import { isEncrypted, type Transformer } from './transformer.ts'

export const identity: Transformer = {
  fromStorage(data) {
    if (isEncrypted(data)) throw new Error('identity transformer tried to read encrypted data')
    return { value: data, stale: false }
  },
  toStorage: (value) => value,
}
