import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'

/** The documentation of types and fields, for people who ask `kubectl explain`. */
export interface Descriptions {
  ofType(typeName: string): string
  ofField(typeName: string, field: string): string
}

/** Unpacked when first asked for: a start does not pay for it. */
export async function loadDescriptions(): Promise<Descriptions> {
  const { packedDescriptions } = await import('../../api/generated/descriptions.ts')
  const json = await promisify(brotliDecompress)(Buffer.from(packedDescriptions, 'base64'))
  const texts = new Map(Object.entries(JSON.parse(json.toString()) as Record<string, [string, Record<string, string>]>))
  return {
    ofType: (typeName) => texts.get(typeName)?.[0] ?? '',
    ofField(typeName, field) {
      const fields = texts.get(typeName)?.[1]
      return fields && Object.hasOwn(fields, field) ? fields[field]! : ''
    },
  }
}
