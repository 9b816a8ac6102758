// Objects as YAML, the way kubectl users read them.
import { dump } from 'js-yaml'
import type { JsonObject } from '../../apimachinery/json-value.ts'

export function encodeYaml(object: JsonObject): string {
  return dump(object, { sortKeys: true, noArrayIndent: true, lineWidth: 80, quotingType: '"', noRefs: true, noCompatMode: false })
}
