// The name under which a request owns fields. Source: k8s.io/apiserver pkg/endpoints/handlers/create.go.
import { isPrintable } from '../go-quote.ts'
import { byteLength } from '../validation/names.ts'

const managerBytesMax = 128

/** @param fieldManager of the query; '': the part of the user agent before its first slash, without what cannot be printed */
export function managerOrUserAgent(fieldManager: string, userAgent: string): string {
  if (fieldManager !== '') return fieldManager
  let name = ''
  let bytes = 0
  for (const char of userAgent.split('/')[0]!) {
    if (!isPrintable(char)) continue
    bytes += byteLength(char)
    if (bytes > managerBytesMax) return name
    name += char
  }
  return name
}
