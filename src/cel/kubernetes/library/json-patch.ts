// `jsonpatch.escapeKey('k8s.io/my~label')`. Source: k8s.io/apiserver pkg/cel/library/jsonpatch.go.
import type { Library } from '../../declarations.ts'
import { stringType } from '../../types/cel-type.ts'
import { functions, global, textOf } from './opaque.ts'

export const jsonPatchLibrary: Library = {
  name: 'kubernetes.jsonpatch',
  functions: functions({
    'jsonpatch.escapeKey': [
      global('string_jsonpatch_escapeKey_string', [stringType], stringType, (key) => textOf(key).replaceAll('~', '~0').replaceAll('/', '~1')),
    ],
  }),
}
